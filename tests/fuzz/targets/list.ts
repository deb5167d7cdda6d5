import { ApiError, basic, Connection, Inventory } from '@novnc-tokens/api'
import { Coverage, type Note, Selection, Sightings, SortedLines, Survey, Tally, Ticks } from '@novnc-tokens/tokens'
import { readAnswers, scripted } from '../answers.ts'
import { addressesIn, mustBeTokens, mustHide, secret, vncPassword } from '../oracles.ts'
import { SteppedClock } from '../stepped-clock.ts'
import { must, type Target } from '../target.ts'
import { apiWords } from './words.ts'

/** One list of everything, as `regen` makes it. */
export const list: Target = {
  name: 'list',
  about: 'answers of the API, JSON and XML, to the list of regen: lines of VMs that were told, or a typed error',
  words: apiWords,
  async run(input, random) {
    const answers = readAnswers(input)
    const clock = new SteppedClock()
    const platform = scripted(answers)
    using connection = new Connection({
      api: 'http://h/api',
      authorization: basic('admin', secret),
      format: random() < 0.5 ? 'json' : 'xml',
      fetch: platform.fetch,
      clock,
      random,
    })
    const want = new Tally()
    const notes: Note[] = []
    const note = (each: Note) => notes.push(each)
    const survey = new Survey({
      inventory: new Inventory(connection),
      book: want,
      addressesOnly: random() < 0.5,
      coverage: new Coverage(),
      sightings: new Sightings(note, new Selection(random() < 0.3 ? { datacenters: ['1'] } : {})),
      ticks: new Ticks(),
      concurrency: 3,
      clock,
      random,
      announced: () => false,
      note,
      onChanges: () => {},
    })
    const result = await clock.through(survey.all(new AbortController().signal))
    must(result.complete || result.why !== null, 'a list is not complete, and nothing says why')
    must(result.error === null || result.error instanceof ApiError, 'an error is no ApiError')
    const lines = new SortedLines()
    lines.change(want.lines(), new Set())
    mustBeTokens(lines.render(), addressesIn(answers.map(({ body }) => body)))
    hidden(result.error)
    for (const each of [result.why ?? '', ...notes.flatMap((some) => ('why' in some ? [some.why ?? ''] : []))]) {
      const words = each.replace(/"[^"]*"/g, '""')
      must(words.length < 2000, `a reason has ${words.length} characters beside URLs`)
      must(!/[\n\r]/.test(each), 'a reason has several lines')
      mustHide(each, [secret])
    }
  },
}

/** What the platform itself says of a refusal is told, so that only its own successes are searched for passwords. */
function hidden(error: ApiError | null): void {
  mustHide(error, error?.abiquoCode === null ? [secret, vncPassword] : [secret])
}
