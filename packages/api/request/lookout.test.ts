import { describe, expect, test } from 'bun:test'
import { FakeClock } from '../testing/fake-clock.ts'
import { Deadline } from './deadline.ts'
import { Lookout } from './lookout.ts'

/** A lookout for a platform that is there as told; tells when it was looked for, and when it was back. */
function lookoutFor(there: () => boolean | Promise<boolean>) {
  const clock = new FakeClock()
  const looks: number[] = []
  const back: (readonly [at: number, darkSince: number | null])[] = []
  const lookout = new Lookout({
    look: async () => {
      looks.push(clock.now())
      return await there()
    },
    onBack: (darkSince) => back.push([clock.now(), darkSince]),
    clock,
    random: () => 0,
  })
  return { clock, looks, back, lookout }
}

describe('after a loss', () => {
  test('the platform is looked for each 2 s until it is there, once for all that were lost', async () => {
    let there = false
    const { clock, looks, back, lookout } = lookoutFor(() => there)
    lookout.lost()
    lookout.lost()
    await clock.advance(7000)
    lookout.lost()
    there = true
    await clock.advance(60_000)
    expect([looks, back]).toEqual([[2000, 4000, 6000, 8000], [[8000, 2000]]])
    expect(clock.left).toEqual([])
  })

  test('an answer to any request is as good, and shows that it was never dark', async () => {
    const { clock, looks, back, lookout } = lookoutFor(() => false)
    lookout.lost()
    await clock.advance(500)
    lookout.answered()
    await clock.advance(60_000)
    expect([looks, back]).toEqual([[], [[2000, null]]])
  })

  test('a hope that proves false is followed by longer and longer waits, at most 30 s', async () => {
    const { clock, back, lookout } = lookoutFor(() => true)
    for (let loss = 0; loss < 6; loss++) {
      lookout.lost()
      await clock.advance(30_000)
    }
    expect(back.map(([at], index) => at - index * 30_000)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000])
    await clock.advance(60_000)
    lookout.lost()
    await clock.advance(30_000)
    expect(back.at(-1)).toEqual([242_000, null])
  })

  test('what was sent before it was dark is lost, what was sent later is not', async () => {
    let there = false
    const { clock, lookout } = lookoutFor(() => there)
    using early = new Deadline(120_000)
    using late = new Deadline(120_000)
    using _early = lookout.sent(early, true)
    lookout.lost()
    await clock.advance(3000)
    using _late = lookout.sent(late, true)
    there = true
    await clock.advance(2000)
    expect([early.lost, early.signal.aborted, late.lost, late.signal.aborted]).toEqual([true, true, false, false])
    lookout[Symbol.dispose]()
  })

  test('what is slow is not lost where the platform was there all the time', async () => {
    const { clock, back, lookout } = lookoutFor(() => true)
    using slow = new Deadline(120_000)
    using _slow = lookout.sent(slow, true)
    lookout.lost()
    await clock.advance(60_000)
    expect([back.length, slow.lost]).toEqual([1, false])
    lookout[Symbol.dispose]()
  })
})

describe('a request that waits for 10 s', () => {
  test('is reason to look where nothing else was answered, and is lost once the platform was away and is back', async () => {
    let there = true
    const { clock, looks, back, lookout } = lookoutFor(() => there)
    using hung = new Deadline(120_000)
    using _hung = lookout.sent(hung, true)
    await clock.advance(10_000)
    expect([looks, back, hung.lost]).toEqual([[10_000], [], false])
    there = false
    await clock.advance(14_000)
    there = true
    await clock.advance(2000)
    expect([looks, back, hung.lost]).toEqual([[10_000, 20_000, 22_000, 24_000, 26_000], [[26_000, 20_000]], true])
    lookout[Symbol.dispose]()
  })

  test('is only slow where others are answered', async () => {
    const { clock, looks, lookout } = lookoutFor(() => false)
    using slow = new Deadline(120_000)
    using _slow = lookout.sent(slow, true)
    for (let second = 0; second < 100; second++) {
      lookout.answered()
      await clock.advance(1000)
    }
    expect(looks).toEqual([])
    lookout[Symbol.dispose]()
  })

  test('is lost where it is impatient, and others are answered or the platform is there', async () => {
    for (const others of [true, false]) {
      const { clock, looks, back, lookout } = lookoutFor(() => true)
      using impatient = new Deadline(120_000)
      using patient = new Deadline(120_000)
      using _impatient = lookout.sent(impatient, false)
      using _patient = lookout.sent(patient, true)
      await clock.advance(9000)
      if (others) lookout.answered()
      await clock.advance(1000)
      expect([impatient.lost, patient.lost, back, looks.length]).toEqual([true, false, [], others ? 0 : 1])
      lookout[Symbol.dispose]()
    }
  })

  test('is forgotten with its answer', async () => {
    const { clock, looks, lookout } = lookoutFor(() => false)
    using deadline = new Deadline(120_000)
    lookout.sent(deadline, true)[Symbol.dispose]()
    await clock.advance(100_000)
    expect([looks, clock.left]).toEqual([[], []])
  })
})

test('nothing is looked for once it is disposed of', async () => {
  const { clock, looks, back, lookout } = lookoutFor(() => true)
  using deadline = new Deadline(120_000)
  using _hung = lookout.sent(deadline, true)
  lookout.lost()
  lookout[Symbol.dispose]()
  await clock.advance(100_000)
  expect([looks, back, clock.left]).toEqual([[], [], []])
})
