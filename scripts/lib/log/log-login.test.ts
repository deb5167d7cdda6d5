import { expect, test } from 'bun:test'
import { createLogger } from './log.ts'
import { logLogin } from './log-login.ts'

const accepted = { state: 'accepted', why: null, retryAt: null } as const
const failing = { state: 'failing', why: 'GET "https://h/api/login" failed', retryAt: 30_000 } as const
const refused = { state: 'refused', why: 'The platform refuses the log-in of "a"', retryAt: 300_000 } as const

test.each([
  ['GET "https://h/ap/login" answered 404 Not Found', '; is this the URL of the API (--api)? It usually ends in /api'],
  ['GET "https://h/api/login" failed: its certificate is not trusted (X)', '; trust its CA with --ca FILE'],
  ['GET "https://h/api/login" answered 500', ''],
])('of %p it is told what can be done about it', (why, advice) => {
  const lines: string[] = []
  const error = (_: object, line: string) => void lines.push(line)
  logLogin(Object({ error }), { now: () => 0 })({ state: 'failing', why, retryAt: 1 })
  expect(lines).toEqual([`The API cannot be used yet: ${why}${advice}`])
})

test('a log-in that fails is told when it begins, changes and ends', () => {
  const lines: string[] = []
  const write = (line: string) => lines.push(line.trimEnd())
  const logger = createLogger({ format: 'text', level: 'info', secrets: () => [], write, journal: true })
  const log = logLogin(logger, { now: () => 0 })
  for (const status of [accepted, failing, failing, refused, refused, accepted, accepted, failing]) log(status)
  const hint = '; HUP or a change of the file with the secret tries it at once'
  expect(lines).toEqual([
    `<3>The API cannot be used yet: ${failing.why} retryInSeconds=30`,
    `<3>${refused.why}${hint} retryInSeconds=300`,
    '<6>The log-in works again',
    `<3>The API cannot be used yet: ${failing.why} retryInSeconds=30`,
  ])
})
