import { readMessages, SseError, type SseMessage } from '@novnc-tokens/stream'
import { must, type Target } from '../target.ts'

/** Server-sent events, in whatever chunks they come. */
export const stream: Target = {
  name: 'stream',
  about: 'bytes of the stream to its reader: the same in one chunk and in many, within its limit',
  words: [
    'data:',
    'data: ',
    'id: 1',
    'id:\u0000',
    'retry: 5',
    'event: x',
    ':',
    '\r',
    '\n\n',
    '\r\n\r\n',
    '\ufeff',
    '17|',
    '  ',
  ],
  async run(input, random) {
    const limit = random() < 0.3 ? 10 + Math.floor(random() * 400) : 16 * 2 ** 20
    const whole = await read([input], limit)
    const cut = await read(pieces(input, random), limit)
    if (whole.end === 'too-large' || cut.end === 'too-large') {
      // Where it is noticed depends on the chunks; what is told before does not.
      const [few, many] = [whole, cut].map(({ messages }) => messages).sort((a, b) => a.length - b.length)
      must(JSON.stringify(many?.slice(0, few?.length)) === JSON.stringify(few), 'in other chunks other messages came')
      return
    }
    must(JSON.stringify(cut) === JSON.stringify(whole), 'in other chunks something else was told')
  },
}

interface Told {
  readonly messages: readonly SseMessage[]
  readonly comments: readonly string[]
  readonly times: readonly number[]
  readonly id: string
  readonly end: string
}

async function read(chunks: readonly Uint8Array[], maxMessageLength: number): Promise<Told> {
  const messages: SseMessage[] = []
  const comments: string[] = []
  const times: number[] = []
  let id = ''
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  const error: unknown = await readMessages(body, {
    onMessage: (message) => messages.push(message),
    onComment: (text) => comments.push(text),
    onRetryTime: (ms) => times.push(ms),
    onId: (text) => {
      id = text
    },
    idleTimeoutMs: null,
    maxMessageLength,
  }).catch((thrown: unknown) => thrown)
  if (!(error instanceof SseError)) throw error
  must(['ended', 'too-large'].includes(error.code), `it ended by ${error.code}`)
  must(
    messages.every(({ data }) => data.length <= maxMessageLength),
    'a message is over the limit',
  )
  return { messages, comments, times, id, end: error.code }
}

function pieces(input: Uint8Array, random: () => number): readonly Uint8Array[] {
  const chunks: Uint8Array[] = []
  const longest = 1 + Math.floor(random() ** 2 * 1000)
  for (let at = 0; at < input.length; ) {
    const end = at + Math.floor(random() * (longest + 1))
    chunks.push(input.subarray(at, end))
    at = end
  }
  return chunks
}
