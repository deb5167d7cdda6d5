import { expect, test } from 'bun:test'
import { PlatformClock } from './clock.ts'
import { EventLog, type EventLogOptions } from './event-log.ts'
import { randomOf } from './random.ts'

const usual = { eventLagMs: 0, eventLagMaxMs: 0, historyMs: Number.POSITIVE_INFINITY, historyLimit: 1000 }

function logOf(options: Partial<EventLogOptions> = {}): EventLog {
  return new EventLog({ ...usual, clock: new PlatformClock(() => 0, 0), random: () => 0, ...options })
}

test('a span of time holds just what a search through everything finds, late events and old timestamps included', () => {
  const random = randomOf(5)
  for (let round = 0; round < 40; round++) {
    const clock = new PlatformClock(() => 0, 0)
    const log = logOf({ clock, random, eventLagMaxMs: 20, historyMs: 60 })
    for (let n = 0; n < 120; n++) {
      clock.skewMs += Math.floor(random() * 3)
      const old = random() < 0.2 ? { timestamp: clock.now() - Math.floor(random() * 80) } : {}
      log.emit({ entity: 'USER', action: `${n}`, ...old })
      const from = clock.now() - Math.floor(random() * 90)
      const to = from + Math.floor(random() * 40)
      const expected = log.history
        .filter(({ shownAt, event }) => {
          const { timestamp } = event
          return shownAt <= clock.now() && timestamp >= Math.max(from, clock.now() - 60) && timestamp <= to
        })
        .toSorted((one, other) => one.event.timestamp - other.event.timestamp || one.id - other.id)
      expect(log.between(from, to)).toEqual(expected)
    }
  }
})

test('what is remembered is bounded, and the newest stay', () => {
  const log = logOf({ historyLimit: 10, eventLagMs: 5 })
  for (let n = 1; n <= 25; n++) log.emit({ entity: 'USER', action: `${n}` }, n % 2 === 0 ? { lagMs: 0 } : {})
  const ids = log.history.map(({ id }) => id)
  expect([ids.length <= 10, ids.at(-1), log.count]).toEqual([true, 25, 25])
  expect(log.between(0, 0).map(({ id }) => id)).toEqual(ids.filter((id) => id % 2 === 0))
  log.clock.skewMs = 5
  expect(log.between(0, 0).map(({ id }) => id)).toEqual(ids)
  log.forget()
  expect([log.history, log.between(0, 0)]).toEqual([[], []])
})
