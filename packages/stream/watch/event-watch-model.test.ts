import { expect, test } from 'bun:test'
import { asyncProperty, assert as check, constantFrom, integer, record } from 'fast-check'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakePlatform, failing } from '../testing/fake-platform.ts'
import { eventsOf, type Following, following } from '../testing/following.ts'
import { seeded } from '../testing/seeded.ts'
import type { Cursor } from './cursor.ts'
import type { Update } from './update.ts'
import type { WatchOptions } from './watch-options.ts'

/** What a run is made of. */
interface Plan {
  readonly seed: number
  readonly order: 'time' | 'arrival'
  readonly mode: 'auto' | 'stream' | 'poll'
  /** Latest that an event reaches the history, in milliseconds. */
  readonly lateMs: number
  /** How far the moments of events are from their order, in milliseconds. */
  readonly disorderMs: number
  /** What may go wrong. */
  readonly trouble: 'cuts' | 'failures' | 'slow consumer' | 'restarts' | 'everything'
  readonly cap: number
  readonly floors: boolean
}

interface Run {
  readonly happened: string[]
  readonly updates: Update[]
}

const steps = 60

/** Lets a platform live for a while, watched, with trouble; in the end all is well again. */
async function live(plan: Plan): Promise<Run> {
  const random = seeded(plan.seed)
  const upTo = (most: number) => Math.floor(random() * most)
  const clock = new FakeClock()
  const platform = new FakePlatform(clock, { cap: plan.cap, floors: plan.floors, totalSize: random() < 0.5 })
  platform.skewMs = upTo(2) * 5_000_000
  const happened: string[] = []
  const happen = () => {
    // Equal ones in one millisecond happen, too; but not more than a page of them.
    const action = `E${plan.cap === 500 ? upTo(3) : happened.length}`
    const timestamp = platform.now - upTo(plan.disorderMs + 1)
    happened.push(`${timestamp} ${action}`)
    platform.happen(action, { timestamp, lateMs: upTo(plan.lateMs + 1) })
  }
  const updates: Update[] = []
  const begun = platform.now
  await clock.advance(1000)
  const options = (since: number | Cursor): Partial<WatchOptions> => {
    return {
      order: plan.order,
      mode: plan.mode,
      queueLength: ['slow consumer', 'everything'].includes(plan.trouble) ? 40 : 5000,
      since,
    }
  }
  let current: Following = following(platform, options(begun))
  const collect = () => {
    updates.push(...current.updates)
    current.clear()
  }
  const troubles: Record<Exclude<Plan['trouble'], 'everything'>, readonly (() => unknown)[]> = {
    cuts: [
      () => platform.cut(),
      () => platform.cut(new Error('Cut')),
      () => {
        platform.bytesLeft = upTo(300)
      },
    ],
    failures: [
      () => platform.cut(),
      () => {
        platform.cut()
        const status = [404, 410, 403, 503, 500, 204][upTo(6)] ?? 500
        platform.answerStream = () => failing(status)
      },
      () => {
        platform.answerStream = () => new Response('<html>', { headers: { 'content-type': 'text/html' } })
      },
      () => {
        platform.answerStream = () => undefined
        current.watch.retryNow()
      },
      async () => {
        const error = [500, 503, 429][upTo(3)] ?? 500
        platform.answerHistory = () => failing(error)
        await clock.advance(upTo(8000))
        platform.answerHistory = () => undefined
      },
      () => {
        platform.latencyMs = upTo(2) * upTo(4000)
      },
      () => current.watch.retryNow(),
    ],
    'slow consumer': [
      () => platform.cut(),
      () => current.pause(),
      () => current.resume(),
      () => {
        for (let index = 0; index < 60; index++) happen()
      },
      () => {
        platform.latencyMs = upTo(2) * upTo(4000)
      },
    ],
    restarts: [
      () => platform.cut(),
      () => current.pause(),
      () => current.resume(),
      async () => {
        // It is saved while all goes on; after all that waited was taken; or when the consumer leaves before that.
        const way = upTo(3)
        await clock.advance(0)
        let cursor = current.watch.cursor()
        if (way > 0) {
          if (way === 1) current.resume()
          else current.pause()
          await current.watch.close()
          if (way === 1) await current.end()
          cursor = current.watch.cursor()
        }
        collect()
        await current[Symbol.asyncDispose]()
        if (cursor === null) throw new Error('There is no cursor')
        await clock.advance(upTo(90_000))
        for (let index = upTo(20); index > 0; index--) happen()
        current = following(platform, options(JSON.parse(JSON.stringify(cursor))))
      },
    ],
  }
  for (let step = 0; step < steps; step++) {
    const kind = random()
    if (kind < 0.55) happen()
    else if (kind < 0.8) await clock.advance(upTo(4) ** 4 * upTo(200) + upTo(20))
    else {
      const list = plan.trouble === 'everything' ? Object.values(troubles).flat() : troubles[plan.trouble]
      await list[upTo(list.length)]?.()
    }
    if (random() < 0.3) await clock.advance(0)
  }
  platform.answerStream = () => undefined
  platform.latencyMs = 0
  current.resume()
  await clock.advance(900_000)
  collect()
  await current[Symbol.asyncDispose]()
  expect([clock.left, platform.streams, platform.running]).toEqual([[], 0, 0])
  return { happened, updates }
}

function fingerprint(updates: readonly Update[]): string[] {
  return eventsOf(updates).map(({ timestamp, action }) => `${timestamp} ${action}`)
}

const plans = record({
  seed: integer({ min: 0, max: 2 ** 31 }),
  order: constantFrom('time', 'arrival'),
  mode: constantFrom('auto', 'stream', 'poll'),
  lateMs: constantFrom(0, 2000, 50_000),
  disorderMs: constantFrom(0, 0, 800),
  trouble: constantFrom('cuts', 'failures', 'slow consumer', 'restarts', 'everything'),
  cap: constantFrom(25, 500),
  floors: constantFrom(true, false),
})

test('whatever goes wrong, each event is told once, and in order where events come to the history in time', async () => {
  await check(
    asyncProperty(plans, async (plan) => {
      const { happened, updates } = await live(plan)
      const told = fingerprint(updates)
      const open = updates.some((update) => update.kind === 'gap' && !update.closing)
      // Only a history that fails whenever it is asked leaves a gap.
      if (open && ['failures', 'everything'].includes(plan.trouble)) {
        const rest = [...happened]
        for (const event of told) expect(rest.splice(rest.indexOf(event), 1)).toEqual([event])
        return
      }
      expect([open, told.toSorted()]).toEqual([false, happened.toSorted()])
      if (plan.order === 'time' && plan.lateMs <= 2000 && plan.disorderMs === 0) {
        const moments = eventsOf(updates).map(({ timestamp }) => timestamp ?? 0)
        expect(moments).toEqual(moments.toSorted((a, b) => a - b))
      }
    }),
    { numRuns: 80 },
  )
})
