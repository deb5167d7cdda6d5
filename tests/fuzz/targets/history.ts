import { ApiError, basic, Connection, EventHistory } from '@novnc-tokens/api'
import { readAnswers, scripted } from '../answers.ts'
import { mustHide, secret } from '../oracles.ts'
import { SteppedClock } from '../stepped-clock.ts'
import { must, type Target } from '../target.ts'
import { apiWords } from './words.ts'

/** The history of events, read page by page. */
export const history: Target = {
  name: 'history',
  about: 'answers of the API to the history of events: events in order, or a typed error, and an end',
  words: [...apiWords, '"timestamp":1e300', '"timestamp":"2026-11-22T00:00:00Z"', '\n> /events 400\n'],
  async run(input, random) {
    const clock = new SteppedClock()
    const platform = scripted(readAnswers(input))
    using connection = new Connection({
      api: 'http://h/api',
      authorization: basic('admin', secret),
      fetch: platform.fetch,
      clock,
      random,
    })
    const from = Math.floor(random() * clock.wall())
    try {
      await clock.through(read(new EventHistory(connection), from))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      mustHide(error, [secret])
    }
  },
}

async function read(history: EventHistory, from: number): Promise<void> {
  const { newest } = await history.now()
  must(newest === null || Number.isFinite(newest), 'the newest event has no time')
  let pages = 0
  for await (const { events, at, malformed } of history.since(from)) {
    must(++pages < 300, 'the history does not end')
    must(malformed >= 0 && (at === null || Number.isFinite(at)), 'a page has counts or times that are none')
    const times = events.map(({ timestamp }) => timestamp ?? 0)
    must(
      times.every((time, index) => time >= (times[index - 1] ?? time)),
      'events are not in order',
    )
  }
}
