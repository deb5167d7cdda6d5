import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { Horizon } from './horizon.ts'
import { PlatformClock } from './platform-clock.ts'

const minute = 60_000
const never = Number.POSITIVE_INFINITY

/** A horizon on a platform whose clock stands at `0 + at`. */
function make(at = 1_000_000): Horizon {
  const platform = new PlatformClock(new FakeClock())
  platform.note(at)
  return new Horizon(platform)
}

test('a horizon knows nothing before it begins', () => {
  const horizon = make()
  expect([horizon.position, horizon.newest, horizon.floor]).toEqual([null, null, Number.NEGATIVE_INFINITY])
  expect([horizon.save(never), horizon.forget(never)]).toEqual([null, null])
})

test('it begins at a moment, or with the first event', () => {
  const [told, seen] = [make(), make()]
  told.begin(500_000)
  seen.see(400_000)
  seen.advance(400_000)
  expect([told.position, told.newest, told.floor]).toEqual([500_000, 500_000, 500_000])
  expect([seen.position, seen.newest, seen.floor]).toEqual([400_000, 400_000, 400_000])
  // What is older is told, but does not change where it began.
  seen.see(300_000)
  expect([seen.newest, seen.floor]).toEqual([400_000, 400_000])
})

test('moments of the far future are none', () => {
  const horizon = make(1_000_000)
  expect([horizon.see(1_000_000 + minute), horizon.see(1_000_001 + minute), horizon.see(null)]).toEqual([
    true,
    false,
    false,
  ])
  expect(horizon.newest).toBe(1_000_000 + minute)
})

test('its position goes forward, but for what is missed after all', () => {
  const horizon = make()
  horizon.miss(1)
  horizon.begin(500_000)
  horizon.advance(600_000)
  horizon.advance(550_000)
  expect(horizon.position).toBe(600_000)
  horizon.miss(700_000)
  expect(horizon.position).toBe(600_000)
  horizon.miss(580_000)
  expect(horizon.position).toBe(580_000)
})

describe('the history is asked', () => {
  const cases: readonly (readonly [what: string, prepare: (horizon: Horizon) => void, from: number])[] = [
    ['from a minute before the position', () => {}, 500_000 - minute],
    ['for late events of a time when the stream did not tell all', (horizon) => horizon.doubt(450_000), 390_000],
    [
      'from the first of such times',
      (horizon) => {
        horizon.doubt(450_000)
        horizon.doubt(480_000)
      },
      390_000,
    ],
    [
      'not for what is settled',
      (horizon) => {
        horizon.doubt(450_000)
        horizon.settle(420_000)
        horizon.settle(400_000)
      },
      420_000,
    ],
    [
      'not again once they were asked for',
      (horizon) => {
        horizon.doubt(450_000)
        horizon.swept()
        horizon.settle(100_000)
      },
      440_000,
    ],
    [
      'for what it has to confirm',
      (horizon) => {
        horizon.unconfirmed = 430_000
      },
      370_000,
    ],
  ]
  test.each(cases)('%s', (_, prepare, from) => {
    const horizon = make()
    horizon.begin(500_000)
    prepare(horizon)
    expect(horizon.from).toBe(from)
  })
})

test('it forgets what is told for good, unless that is still needed, and is not told of it again', () => {
  const horizon = make()
  horizon.begin(100_000)
  horizon.advance(500_000)
  expect([horizon.forget(350_000), horizon.floor]).toEqual([290_000, 290_000])
  expect([horizon.forget(300_000), horizon.forget(never)]).toEqual([null, 370_000])
  horizon.doubt(445_000)
  horizon.advance(600_000)
  expect([horizon.forget(never), horizon.forget(never)]).toEqual([385_000, null])
  horizon.swept()
  horizon.unconfirmed = 450_000
  expect(horizon.forget(never)).toBe(390_000)
  horizon.unconfirmed = null
  expect(horizon.forget(never)).toBe(470_000)
})

test('another one goes on from where it was, and asks for what that one would have asked for', () => {
  const horizon = make()
  horizon.begin(100_000)
  horizon.advance(500_000)
  expect([horizon.save(never), horizon.save(450_000)]).toEqual([
    { time: 500_000, begun: 100_000 },
    { time: 450_000, begun: 100_000 },
  ])
  horizon.doubt(480_000)
  const mark = horizon.save(never)
  expect(mark).toEqual({ time: 480_000, begun: 100_000 })
  const later = make()
  later.restore(mark ?? { time: 0, begun: 0 })
  expect([later.position, later.from, later.floor]).toEqual([480_000, 420_000, 420_000])
  // Nobody knows what was told before it forgot.
  horizon.swept()
  horizon.forget(never)
  expect(horizon.save(0)).toEqual({ time: 370_000 + minute, begun: 100_000 })
})
