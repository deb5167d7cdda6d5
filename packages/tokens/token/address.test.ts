import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isHost, readAddress } from './address.ts'

test.each([
  '10.60.1.79',
  '0.0.0.0',
  '255.255.255.255',
  '2001:db8::1',
  '::',
  '::1',
  'FE80::A',
  '::ffff:10.0.0.1',
  'localhost',
  'kvm-1.example.com',
  'kvm_1.example.com',
  'a',
  '1a.2b',
  `${'a'.repeat(63)}.example.com`,
])('%p is a host, and is kept as the platform writes it', (host) => {
  expect(readAddress(host, 5900)).toEqual({ kind: 'address', address: { host, port: 5900 } })
})

test.each([
  '10.0.0.1\nfff: 6.6.6.6',
  '10.0.0.1\n',
  '\n10.0.0.1',
  '10.0.0.1\r',
  '10.0.0.1 ',
  ' 10.0.0.1',
  '10.0.0.1\t',
  '10.0.0.1\0',
  '10.0.0.1#',
  '#10.0.0.1',
  'kvm 1',
  'kvm1:6.6.6.6',
  '10.0.0.1:5900',
  '[2001:db8::1]',
  '2001:db8::1%eth0',
  '2001:db8::1\n',
  '1::2::3',
  '10.0.0',
  '10.0.0.256',
  '010.0.0.1',
  '1.2.3.4.5',
  '2130706433',
  '0x7f000001',
  'kvm.0x7F',
  '-kvm',
  'kvm-',
  '.kvm',
  'kvm..example',
  'kvm\u00e9',
  '\u0661\u0660.0.0.1',
  '',
  'a'.repeat(64),
  `${'a.'.repeat(127)}a`,
])('%p is no host, and is refused', (host) => {
  expect(isHost(host)).toBe(false)
  expect(readAddress(host, 5900)).toEqual({ kind: 'refused', why: expect.stringContaining('is no host') })
})

test('what is said of a refused host is short, and keeps to one line', () => {
  const reading = readAddress(`x\n${'y'.repeat(5000)}`, 5900)
  expect(reading).toEqual({ kind: 'refused', why: `"x\\n${'y'.repeat(58)}" is no host` })
})

test.each([
  [0, 'none'],
  [1, 'address'],
  [5900, 'address'],
  [65_535, 'address'],
  [65_536, 'none'],
  [65_545, 'none'],
  [-1, 'none'],
  [null, 'none'],
] as const)('port %p means %s', (port, kind) => {
  expect(readAddress('10.0.0.1', port).kind).toBe(kind)
})

test.each(['10.0.0.1', 'not a host', null])('a port that is no number is refused, whatever the host: %p', (host) => {
  expect(readAddress(host, Number.NaN)).toEqual({ kind: 'refused', why: 'its port is no number' })
})

test('without a host or a valid port there is no address, whatever the other one is', () => {
  expect([readAddress(null, 5900), readAddress(null, null), readAddress('not a host', 0)]).toEqual([
    { kind: 'none' },
    { kind: 'none' },
    { kind: 'none' },
  ])
})

test('no host whatever carries a blank, a control character, a hash or anything beyond ASCII', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.nat(30),
      fc.constantFrom(...'\n\r\t\0 #\u00e9\u2028'),
      (text, at, bad) => {
        const host = text.slice(0, at) + bad + text.slice(at)
        return !isHost(host) && (!isHost(text) || /^[a-z0-9._:-]+$/i.test(text))
      },
    ),
    { numRuns: 2000 },
  )
})
