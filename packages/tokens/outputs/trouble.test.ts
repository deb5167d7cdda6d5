import { expect, test } from 'bun:test'
import { OutputError } from './output.ts'
import { Trouble } from './trouble.ts'

test('trouble grows with each failure, and ends with a success, but for its count', () => {
  const trouble = new Trouble(() => 0)
  const seen = () => [trouble.error, trouble.code, trouble.failures]
  const before = seen()
  const first = trouble.fail(new OutputError('unreadable', 'no'), 0)
  const second = trouble.fail(new TypeError('x is not a function'), 1000)
  const during = [...seen(), trouble.retryAt]
  trouble.retryNow()
  const early = trouble.retryAt
  trouble.succeed(2000)
  expect({ before, first, second, during, early, after: seen() }).toEqual({
    before: [null, null, 0],
    first: { why: 'no', code: 'unreadable', retryInMs: 1000 },
    second: { why: 'x is not a function', code: 'unwritable', retryInMs: 2000 },
    during: ['x is not a function', 'unwritable', 2, 3000],
    early: Number.NEGATIVE_INFINITY,
    after: [null, null, 2],
  })
})
