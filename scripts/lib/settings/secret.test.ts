import { expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { Secret } from './secret.ts'

test('a secret shows itself in no form but reveal', () => {
  const secret = new Secret('hunter2')
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }),
    Bun.inspect({ secret }),
    JSON.stringify(Object.entries(secret)),
  ]
  expect(shown.join(' ')).not.toContain('hunter2')
  expect(shown[0]).toBe('[secret]')
  expect(secret.reveal()).toBe('hunter2')
})

test('secrets are equal by their value', () => {
  expect(new Secret('a').equals(new Secret('a'))).toBe(true)
  expect(new Secret('a').equals(new Secret('b'))).toBe(false)
})
