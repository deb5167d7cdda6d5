import { describe, expect, test } from 'bun:test'
import { isToken } from '../../token/token.ts'
import { isRedisValue, lineOfRedisValue, redisKeys, redisValue } from './keys.ts'

const token = '0123456789abcdef0123456789abcdef'

describe('the keys of a namespace', () => {
  test.each([
    ['', token, 'novnc-tokens::'],
    ['east', `east:${token}`, 'novnc-tokens:east:'],
    [token, `${token}:${token}`, `novnc-tokens:${token}:`],
  ])('"%s"', (namespace, key, beside) => {
    const { of, ...names } = redisKeys(namespace)
    expect([of(token), names]).toEqual([
      key,
      { lease: `${beside}leader`, tokens: `${beside}tokens`, state: `${beside}state`, able: `${beside}able` },
    ])
  })

  test.each(['', 'x', 'novnc-tokens', token])('cannot be tokens of any namespace: "%s"', (namespace) => {
    const { lease, tokens, state, able } = redisKeys(namespace)
    expect([lease, tokens, state, able].map((key) => isToken(key.slice(key.lastIndexOf(':') + 1)))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('a value', () => {
  test('is what every TokenRedis reads', () => {
    const value = redisValue('10.0.0.1:5900')
    expect([JSON.parse(value), lineOfRedisValue(token, value)]).toEqual([
      { host: '10.0.0.1:5900' },
      `${token}: 10.0.0.1:5900`,
    ])
  })

  test.each([
    '{"host":"h:1"}',
    '{"host":"h:2"}',
    '{"host":"h:11"}',
    '{"host":"h:"}',
    '{ "host":"h:1"}',
    '{"host":"h:1"]',
    '["host":"h:1"}',
    'h:1',
    '',
  ])('is told to be right or not without making the right one: %s', (value) => {
    expect(isRedisValue(value, 'h:1')).toBe(value === redisValue('h:1'))
  })

  test.each([
    '',
    '10.0.0.1:5900',
    '{"host":"10.0.0.1:5900"',
    '{"host":"10.0.0.1"}',
    '{"host":"10.0.0.1:5900","port":1}',
    '{"host":"2001:db8::1:5900"}',
    '{ "host": "10.0.0.1:5900" }',
    '{"host":"}',
  ])('that we did not make is none: %s', (value) => expect(lineOfRedisValue(token, value)).toBeNull())
})
