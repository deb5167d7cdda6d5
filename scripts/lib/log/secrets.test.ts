import { expect, test } from 'bun:test'
import { Secrets } from './secrets.ts'

test('secrets of the settings stay; of those that pass the last fifty do', () => {
  const secrets = new Secrets()
  secrets.keep(['password', 'password', 'earlier'])
  secrets.keepForNow('in use')
  for (let number = 0; number < 60; number++) {
    secrets.keepForNow(`token ${number}`)
    secrets.keepForNow('in use')
  }
  const last = Array.from({ length: 49 }, (_, index) => `token ${index + 11}`)
  expect(secrets.all()).toEqual(['password', 'earlier', ...last, 'in use'])
})
