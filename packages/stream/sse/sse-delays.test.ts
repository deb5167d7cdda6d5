import { describe, expect, test } from 'bun:test'
import { SseError, type SseErrorCode } from './errors.ts'
import { type SseDelayOptions, SseDelays, type SseFailure } from './sse-delays.ts'

const failure = (code: SseErrorCode) => new SseError(code, 'No')
const status = (status: number, retryAfterMs: number | null = null) =>
  new SseError('status', 'No', { status, retryAfterMs })

/** The delays after one failure again and again, at the beginning of time. */
function delays(error: SseError, count: number, options: SseDelayOptions = {}): readonly (number | null)[] {
  const retry = new SseDelays({ random: () => 0, ...options })
  return Array.from({ length: count }, () => retry.after(error, 0))
}

const half = { random: () => 0.5 }

const passing: readonly (readonly [what: string, error: SseError])[] = [
  ['that the server ended', failure('ended')],
  ['that broke off', failure('broken')],
  ['that was silent', failure('silent')],
  ['that could not be reached', failure('unreachable')],
  ['that was not answered in time', failure('timeout')],
  ['with an event too large', failure('too-large')],
  ['whose handler failed', failure('handler')],
  ...[500, 502, 503, 504, 599, 408, 425, 429].map((code) => [`answered ${code}`, status(code)] as const),
]
test.each(passing)('a stream %s is tried after 1 s, doubled up to 30 s, less up to a half', (_, error) => {
  expect(delays(error, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  expect(delays(error, 7, half)).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500])
})

const absent: readonly (readonly [what: string, error: SseError])[] = [
  ['answered by a page', failure('content-type')],
  ['redirected to nowhere', new SseError('redirect', 'No', { status: 302 })],
  ...[201, 300, 304, 400, 404, 405, 410, 451].map((code) => [`answered ${code}`, status(code)] as const),
]
test.each(absent)('a stream %s is not there, and tried more and more slowly', (_, error) => {
  expect(delays(error, 6, half)).toEqual([30_000, 60_000, 120_000, 300_000, 600_000, 600_000])
})

test.each([401, 403])('a stream answered %d is tried each 5 min, whatever else the answer says', (code) => {
  expect([delays(status(code), 3, half), delays(status(code, 1000), 1)]).toEqual([
    [300_000, 300_000, 300_000],
    [300_000],
  ])
})

test('a stream whose server answered 204 is never tried again', () => {
  expect(delays(new SseError('stopped', 'No', { status: 204 }), 2)).toEqual([null, null])
})

describe('Retry-After', () => {
  test.each([429, 503, 500, 404])('of %d is honoured, with up to a second more', (code) => {
    expect([delays(status(code, 10_000), 2), delays(status(code, 10_000), 1, half)]).toEqual([
      [10_000, 10_000],
      [10_500],
    ])
  })

  test('shorter than the back-off does not shorten it', () => {
    expect([delays(status(503, 1500), 3), delays(status(503, 0), 2)]).toEqual([
      [1500, 2000, 4000],
      [1000, 2000],
    ])
  })

  test('of years is an hour', () => {
    expect(delays(status(503, 1e12), 1)).toEqual([3_600_000])
  })
})

describe("the server's retry", () => {
  const asked = (ms: number, error: SseError, count: number, random = 0) => {
    const retry = new SseDelays({ random: () => random })
    retry.ask(ms)
    return Array.from({ length: count }, () => retry.after(error, 0))
  }

  test('is the least delay from then on, with up to a second more', () => {
    expect(asked(5000, failure('ended'), 5)).toEqual([5000, 5000, 5000, 8000, 16_000])
    expect(asked(5000, failure('ended'), 2, 0.5)).toEqual([5500, 5500])
    expect(asked(20_000, status(503, 10_000), 1)).toEqual([20_000])
    expect(asked(10_000, status(503, 20_000), 1)).toEqual([20_000])
    expect(asked(100_000, status(404), 2)).toEqual([100_000, 100_000])
    expect(asked(400_000, status(401), 1)).toEqual([400_000])
  })

  test('shorter than the back-off does not shorten it', () => {
    expect(asked(0, failure('ended'), 2)).toEqual([1000, 2000])
    expect(asked(10, failure('ended'), 2, 0.5)).toEqual([750, 1500])
  })

  test('of years is an hour, and the last one counts', () => {
    const retry = new SseDelays({ random: () => 0 })
    retry.ask(Number.POSITIVE_INFINITY)
    expect(retry.after(failure('ended'), 0)).toBe(3_600_000)
    retry.ask(7000)
    expect(retry.after(failure('ended'), 0)).toBe(7000)
  })
})

describe('the user says', () => {
  test('how the delays grow', () => {
    const options = { initialDelayMs: 10, maxDelayMs: 50 }
    expect(delays(failure('ended'), 5, options)).toEqual([10, 20, 40, 50, 50])
  })

  test('that the first try is made at once, and the next ones still wait', () => {
    const retry = new SseDelays({ initialDelayMs: 0, random: () => 0 })
    const after = (now: number) => retry.after(failure('ended'), now)
    expect([after(0), after(0), after(0)]).toEqual([0, 2000, 4000])
    retry.opened(10_000)
    expect([after(69_999), after(70_000)]).toEqual([8000, 16_000])
    retry.opened(80_000)
    expect([after(140_000), after(140_000)]).toEqual([0, 2000])
    expect(delays(status(404), 1, { initialDelayMs: 0 })).toEqual([30_000])
    expect(delays(status(503, 5000), 1, { initialDelayMs: 0 })).toEqual([5000])
  })

  test('how long health takes to make failures forgotten', () => {
    const retry = new SseDelays({ resetAfterMs: 5, random: () => 0 })
    expect([retry.after(failure('ended'), 0), retry.after(failure('ended'), 0)]).toEqual([1000, 2000])
    retry.opened(10)
    expect(retry.after(failure('ended'), 15)).toBe(1000)
  })

  test('each delay, where the default does not please', () => {
    const seen: SseFailure[] = []
    const retry = new SseDelays({
      random: () => 0,
      retryDelay: (failed) => {
        seen.push(failed)
        return [undefined, 7, null][seen.length - 1]
      },
    })
    const stopped = new SseError('stopped', 'No', { status: 204 })
    const errors = [failure('ended'), stopped, status(404)]
    expect(errors.map((error) => retry.after(error, 0))).toEqual([1000, 7, null])
    expect(seen).toEqual([
      { error: errors[0] as SseError, failures: 1, delayMs: 1000 },
      { error: stopped, failures: 2, delayMs: null },
      { error: errors[2] as SseError, failures: 3, delayMs: 30_000 },
    ])
  })
})

test('a stream that was there once is looked for soon again', () => {
  const retry = new SseDelays({ random: () => 0 })
  expect([retry.after(status(404), 0), retry.after(status(404), 0)]).toEqual([30_000, 60_000])
  retry.opened(0)
  expect(retry.after(status(404), 0)).toBe(30_000)
})

test('10,000 failures in a row are waited for as long as ten', () => {
  expect([delays(failure('ended'), 10_000).at(-1), delays(status(404), 10_000).at(-1)]).toEqual([30_000, 600_000])
  expect(delays(failure('ended'), 10_000, { initialDelayMs: 0 }).at(-1)).toBe(30_000)
})

test('without chance of its own it uses that of the machine', () => {
  const delay = new SseDelays().after(failure('ended'), 0) ?? 0
  expect(delay > 500 && delay <= 1000).toBe(true)
})
