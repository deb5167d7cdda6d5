import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakePlatform } from '../testing/fake-platform.ts'
import { following } from '../testing/following.ts'

/** What compilers keep grows until they are done with it. */
const ofCompilers = /CodeBlock|Executable|Structure|Watchpoint|InferredType|JITStub/

/** Kinds of objects of which there are more than before, with how many. */
function grown(before: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(objects())
    .filter(([kind]) => !ofCompilers.test(kind))
    .map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const)
    .filter(([, more]) => more > 200)
}

function objects(): Readonly<Record<string, number>> {
  Bun.gc(true)
  return heapStats().objectTypeCounts
}

test.each([
  ['reconnections', false],
  ['changes from stream to polling and back', true],
])(
  'a thousand %s leave nothing behind',
  async (_, polls) => {
    const clock = new FakeClock()
    const platform = new FakePlatform(clock)
    await using all = following(platform, { order: 'arrival' })
    const lose = async (times: number) => {
      for (let time = 0; time < times; time++) {
        // A platform without a stream is polled meanwhile.
        platform.answerStream = () => (polls && time % 2 === 0 ? new Response(null, { status: 404 }) : undefined)
        platform.cut(new Error('Cut'))
        all.watch.retryNow()
        await clock.advance(31_000)
        all.watch.retryNow()
        await clock.advance(0)
        platform.asked.length = 0
        all.clear()
      }
    }
    await lose(100)
    const before = objects()
    await lose(1000)
    expect(grown(before)).toEqual([])
  },
  30_000,
)
