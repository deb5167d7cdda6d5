import { expect, test } from 'bun:test'
import { addressesIn, mustBeTokens, mustBeUnpolluted, mustHide, readAsWebsockify } from './oracles.ts'

const line = '2e843805d056a266227cbb6b699a7ee0: 10.60.1.79:5901'
const told = new Set(['10.60.1.79:5901'])

test('lines of addresses that were told pass', () => {
  expect(() => mustBeTokens('', told)).not.toThrow()
  expect(() => mustBeTokens(`${line}\n`, told)).not.toThrow()
})

test.each([
  ['without an end', line],
  ['twice', `${line}\n${line}\n`],
  ['with a blank behind', `${line} \n`],
  ['of another address', `${line.replace('5901', '5902')}\n`],
  ['in capitals', `${line.toUpperCase()}\n`],
  ['with a comment', `${line} #\n`],
  ['beside an empty one', `\n${line}\n`],
  ['that nobody told', 'b9fa1c3ef7b31dba8a4e9f4e1a4de1e7: h:1\n'],
])('a line %s does not', (_, text) => {
  expect(() => mustBeTokens(text, told)).toThrow()
})

test('websockify splits lines and targets as Python does', () => {
  const read = readAsWebsockify('# x\r\n\ra:\t2001:db8::1:5900 \r b: h:1\n')
  expect(Object.fromEntries(read)).toEqual({ a: ['2001:db8::1', '5900'], b: ['h', '1'] })
  expect(() => readAsWebsockify('a: b: c\n')).toThrow('no token line')
})

test('addresses are found in JSON and XML, however deep', () => {
  const bodies = [
    '[{"x":{"vdrpIP":"a","vdrpPort":1}}]',
    '<a><b><vdrpIP>b</vdrpIP><vdrpPort>002</vdrpPort></b></a>',
    'nothing',
    '{"vdrpIP":"c","vdrpPort":{}}',
  ]
  expect([...addressesIn(bodies.map((body) => Buffer.from(body)))]).toEqual(['a:1', 'b:2'])
})

test('a secret is found in what an error carries, too', () => {
  expect(() => mustHide(new Error('x', { cause: { body: ['the hunter2'] } }), ['hunter2'])).toThrow('shows a secret')
  expect(() => mustHide(new Error('x'), ['hunter2'])).not.toThrow()
})

test('a prototype that was changed is found', () => {
  mustBeUnpolluted()
  Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true })
  try {
    expect(mustBeUnpolluted).toThrow('prototype')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'polluted')
  }
})
