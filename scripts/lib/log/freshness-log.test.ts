import { expect, test } from 'bun:test'
import { type FakeChanges, fakeStatus, fakeTimes } from '../health/fake-status.ts'
import { FreshnessLog, lookEveryMs } from './freshness-log.ts'
import { createLogger } from './log.ts'

const { wall } = fakeTimes

/** The lines of looks at some statuses, one after the other. */
function linesOf(looks: readonly FakeChanges[], everyMs = lookEveryMs): string[] {
  const lines: string[] = []
  const write = (line: string) => lines.push(line.trimEnd())
  const logger = createLogger({ format: 'text', level: 'info', secrets: () => [], write, journal: true })
  let now = 0
  const log = new FreshnessLog(logger, { now: () => now, wall: () => wall })
  for (const changes of looks) {
    log.look(fakeStatus(changes))
    now += everyMs
  }
  return lines
}

const gap = { at: wall - 90_000, why: 'cut', healed: null, healedAt: null }

test.each<[string, FakeChanges, string[]]>([
  [
    'a list that is too old',
    { list: { completeSince: wall - 16 * 60_000 } },
    ['<4>The last complete list is 16 min old, one is due every 5 min', '<6>Lists are young enough again'],
  ],
  [
    'a watch that does not get to open',
    { watch: { state: 'connecting', since: wall - 61_000 } },
    ['<4>The event stream has been connecting for 61 s', '<6>The event stream is not late any more'],
  ],
  [
    'a gap that nothing has made up for',
    { gaps: { healed: { history: 0, list: 0 }, last: gap } },
    [
      '<4>Events may have been missed 90 s ago, until the history or a complete list makes up for them: cut',
      '<6>What may have been missed is made up for',
    ],
  ],
  [
    'a loop that stands still',
    { turnedAt: wall - 61_000 },
    ['<3>The loop has not turned for 61 s', '<6>All loops turn again'],
  ],
])('%s is told once when it begins, and once when it is over', (_, changes, lines) => {
  expect(linesOf([{}, changes, changes, changes, {}, {}])).toEqual(lines)
})

test('the passing of time alone is no change of a reason', () => {
  const old = (minutes: number): FakeChanges => ({ list: { completeSince: wall - minutes * 60_000 } })
  expect(linesOf([old(16), old(119), old(180), old(185), old(60 * 50)])).toEqual([
    '<4>The last complete list is 16 min old, one is due every 5 min',
  ])
})

test('a look that comes far too late tells that the program stood still', () => {
  expect([linesOf([{}, {}], lookEveryMs + 30_000), linesOf([{}, {}], 180_000)]).toEqual([
    [],
    ['<4>The program stood still seconds=175'],
  ])
})
