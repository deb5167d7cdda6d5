import { basic, Connection } from '@novnc-tokens/api'
import { type Update, watch as watchEvents } from '@novnc-tokens/stream'
import { readAnswers, type ScriptedAnswer, scripted } from '../answers.ts'
import { mustHide, secret } from '../oracles.ts'
import { SteppedClock } from '../stepped-clock.ts'
import { must, type Target } from '../target.ts'
import { apiWords } from './words.ts'

const minutes = 3

/** The watch: the stream, its history where it breaks off, and polling where there is no stream. */
export const watch: Target = {
  name: 'watch',
  about: 'stream and history of events to the watch: it goes on, and tells the same in one chunk and in many',
  words: [
    ...apiWords,
    'data:',
    '\r\n\r\n',
    '\n> /m/stream 404\n',
    '\n> /m/stream 200 text/event-stream\n',
    '"timestamp":1e300',
  ],
  async run(input, random) {
    const answers = readAnswers(input)
    const recover = random() < 0.7
    const whole = await follow(answers, recover)
    const size = Math.ceil(input.length / (1 + random() * 100)) + 1
    const cut = await follow(answers, recover, size)
    must(firstOf(cut) === firstOf(whole), `in chunks of ${size} bytes other events were told`)
  },
}

/** What the first connection told: what is told of later ones depends on when the history is asked. */
function firstOf(told: readonly string[]): string {
  const end = told.indexOf('down')
  return told.slice(0, end < 0 ? told.length : end).join('\n')
}

/** What is told within some minutes, in short. */
async function follow(answers: readonly ScriptedAnswer[], recover: boolean, size?: number): Promise<readonly string[]> {
  const clock = new SteppedClock()
  const { fetch } = scripted(answers)
  using connection = new Connection({
    api: 'http://h/api',
    authorization: basic('admin', secret),
    clock,
    random: () => 0,
    patient: true,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      const chunked = size !== undefined && new URL(url).pathname === '/m/stream' && response.body !== null
      return chunked ? new Response(await inChunks(response, size), response) : response
    },
  })
  await using watching = watchEvents({ connection, recover, random: () => 0, pollIntervalMs: 20_000 })
  const told: string[] = []
  const consumed = (async () => {
    for await (const update of watching) told.push(brief(update))
  })()
  await clock.advance(minutes * 60_000)
  const status = watching.status()
  must(Number.isFinite(status.since) && status.malformed >= 0, 'the status has numbers that are none')
  mustHide(status.error, [secret])
  await watching.close()
  await consumed
  return told
}

async function inChunks(response: Response, size: number): Promise<ReadableStream<Uint8Array>> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size))
      controller.close()
    },
  })
}

function brief(update: Update): string {
  if (update.kind === 'down') mustHide(update.error, [secret])
  if (update.kind === 'event') return `event ${update.recovered} ${JSON.stringify(update.event)}`
  if (update.kind === 'gap') mustHide(update.why, [secret])
  return update.kind
}
