import { describe, expect, test } from 'bun:test'
import { hostPortOf, lineOfHostPort } from './host-port.ts'

const token = 'a'.repeat(32)

describe('what plugins that split at a colon can carry', () => {
  test.each(['10.0.0.1:5900', 'host-3.example.com:1', '10.0.0.1:65535'])('is %s', (hostPort) => {
    const line = lineOfHostPort(token, hostPort)
    expect([line, line && hostPortOf(line)]).toEqual([`${token}: ${hostPort}`, hostPort])
  })

  test.each(['2001:db8::1:5900', '::1:5900', '[::1]:5900', '', '10.0.0.1', '10.0.0.1:0', ':5900', '10.0.0.1:5900 x'])(
    'is not "%s"',
    (hostPort) => expect(lineOfHostPort(token, hostPort)).toBeNull(),
  )

  test('is no line with an IPv6 host', () => {
    expect(hostPortOf(`${token}: 2001:db8::1:5900`)).toBeNull()
  })
})
