import { basic, Connection, Inventory } from '@novnc-tokens/api'
import { watch as watchEvents } from '@novnc-tokens/stream'
import {
  Keeper,
  type Loaded,
  type Note,
  type Output,
  parseLines,
  Runner,
  type SortedLines,
  type Written,
} from '@novnc-tokens/tokens'
import { readAnswers, scripted } from '../answers.ts'
import { addressesIn, mustBeTokens, mustHide, secret } from '../oracles.ts'
import { SteppedClock } from '../stepped-clock.ts'
import { must, type Target } from '../target.ts'
import { apiWords } from './words.ts'

/** The daemon's keeper with a watch of its own. */
export const keeper: Target = {
  name: 'keeper',
  about: 'answers and events of the API to the keeper of the daemon: it goes on, and writes addresses that were told',
  words: [
    ...apiWords,
    'data:',
    'DEPLOY_FINISH',
    'UNDEPLOY_FINISH',
    'VSM_VM_MOVED',
    'DELETE',
    'MACHINE',
    '\n> /m/stream 200 text/event-stream\n',
  ],
  async run(input, random) {
    const answers = readAnswers(input)
    const addresses = addressesIn(answers.map(({ body }) => body))
    const clock = new SteppedClock()
    const { fetch } = scripted(answers)
    using connection = new Connection({
      api: 'http://h/api',
      authorization: basic('admin', secret),
      clock,
      random: () => 0,
      patient: true,
      fetch,
      format: random() < 0.5 ? 'json' : 'xml',
    })
    const output = new TextOutput()
    const note = (each: Note) => {
      if ('why' in each) mustHide(each.why, [secret])
    }
    const guard = { share: 0.3, confirmAfterMs: 60_000 }
    const runner = new Runner({
      output,
      guard,
      clock,
      random: () => 0,
      note,
      onChangedByOthers: () => kept.outputChanged(),
    })
    await using watching = watchEvents({ connection, random: () => 0, pollIntervalMs: 20_000 })
    const kept: Keeper = new Keeper({
      inventory: new Inventory(connection),
      watch: watching,
      outputs: [runner],
      resyncMs: 60_000,
      listConcurrency: 3,
      readConcurrency: 8,
      login: () => connection.login(),
      clock,
      random: () => 0,
      note,
    })
    const ending = new AbortController()
    let failure: unknown = null
    let ended = false
    const running = kept.run(ending.signal).catch((error: unknown) => {
      failure = error
    })
    void running.then(() => {
      ended = true
    })
    await clock.advance(70_000)
    const early = ended
    ending.abort()
    await clock.through(running)
    if (failure !== null) throw failure
    must(!early, 'the keeper ended by itself')
    for (const text of output.written) mustBeTokens(text, addresses)
  },
}

/** An output in memory. */
class TextOutput implements Output {
  readonly name = 'text'
  readonly written: string[] = []

  async load(): Promise<Loaded> {
    return { ...parseLines(''), existed: true, modifiedAt: 0 }
  }

  async changed(): Promise<null> {
    return null
  }

  async write(lines: SortedLines): Promise<Written> {
    this.written.push(lines.render())
    return { outcome: 'written', done: null }
  }

  async check(): Promise<void> {}

  async confirm(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
