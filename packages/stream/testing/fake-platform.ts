import type { Fetch } from '@novnc-tokens/api'
import type { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakeHistory, type HistoryHabits } from '../../api/testing/fake-history.ts'

/** What happens on a {@link FakePlatform}. */
export interface Happening {
  /** Milliseconds until the history has it. @default 0 */
  readonly lateMs?: number
  /** @default the platform's time */
  readonly timestamp?: number | null
  /** More of its fields. */
  readonly fields?: object
  /** Whether the streams tell it. @default true */
  readonly streamed?: boolean
}

/** One request that a {@link FakePlatform} got, at a time of the clock. */
export interface Asked {
  readonly what: 'login' | 'events' | 'stream' | 'look'
  readonly url: string
  readonly at: number
}

/** Answers a request instead of the platform; undefined: as usual. */
export type Answerer = (url: string) => Response | Promise<Response> | undefined

interface OpenStream {
  send(bytes: Uint8Array): void
  end(error?: Error): void
}

/**
 * A platform without sockets, whose time is that of a clock that stands still: a connection gets its `fetch`. It has a
 * log-in, a history and a stream.
 */
export class FakePlatform {
  readonly clock: FakeClock
  readonly history: FakeHistory
  readonly api = 'https://h/api'
  readonly asked: Asked[] = []
  /** How far the platform's clock is ahead of ours, in milliseconds. */
  skewMs = 0
  /** Whether answers have the header `Date`. */
  readonly tellsTime = { stream: true, history: true }
  answerStream: Answerer = () => undefined
  answerHistory: Answerer = () => undefined
  answerLogin: Answerer = () => undefined
  answerLook: Answerer = () => undefined
  /** How long the history takes to answer, in milliseconds. */
  latencyMs = 0
  /** How the stream writes an event. */
  write = (event: object): string => `data:${JSON.stringify(event)}\r\n\r\n`
  /** How many bytes the streams still send before they break; null: any. */
  bytesLeft: number | null = null
  readonly #streams = new Set<OpenStream>()
  #running = 0

  constructor(clock: FakeClock, habits: Partial<HistoryHabits> = {}) {
    this.clock = clock
    this.history = new FakeHistory(habits)
  }

  /** The platform's time, in milliseconds since 1970. */
  get now(): number {
    return this.clock.wall() + this.skewMs
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size
  }

  /** How many requests wait for their answer. */
  get running(): number {
    return this.#running
  }

  /** How often something was asked for. */
  count(what: Asked['what']): number {
    return this.asked.filter((each) => each.what === what).length
  }

  /** The most requests of any minute. */
  get busiestMinute(): number {
    const times = this.asked.map(({ at }) => at)
    return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))
  }

  /** Something happens: the streams tell it at once. */
  happen(action: string, { lateMs = 0, timestamp = this.now, fields = {}, streamed = true }: Happening = {}): void {
    const event = { action, timestamp, ...fields }
    this.history.add({ timestamp, seenAt: this.now + lateMs, told: event })
    if (streamed) this.send(this.write(event))
  }

  /** The streams send a text, as far as they may. */
  send(text: string): void {
    const bytes = Buffer.from(text)
    const left = this.bytesLeft ?? bytes.length
    const sent = bytes.subarray(0, left)
    if (this.bytesLeft !== null && this.#streams.size > 0) this.bytesLeft -= sent.length
    for (const stream of this.#streams) if (sent.length > 0) stream.send(sent)
    if (left < bytes.length && this.#streams.size > 0) this.cut(new Error('Cut'))
  }

  /** Ends all streams: cleanly, or by an error. */
  cut(error?: Error): void {
    this.bytesLeft = null
    for (const stream of this.#streams) stream.end(error)
    this.#streams.clear()
  }

  readonly fetch: Fetch = async (url, { signal }) => {
    const what =
      url === this.api ? 'look' : url.endsWith('/login') ? 'login' : url.includes('/m/stream') ? 'stream' : 'events'
    this.asked.push({ what, url, at: this.clock.now() })
    this.#running++
    try {
      return await this.#answer(what, url, signal ?? new AbortController().signal)
    } finally {
      this.#running--
    }
  }

  async #answer(what: Asked['what'], url: string, signal: AbortSignal): Promise<Response> {
    signal.throwIfAborted()
    if (what === 'look') return (await this.answerLook(url)) ?? new Response(null, { status: 401 })
    if (what === 'login') return (await this.answerLogin(url)) ?? Response.json({ id: 1 })
    if (what === 'stream') return (await this.answerStream(url)) ?? this.#open(signal)
    if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs, signal)
    const instead = await this.answerHistory(url)
    signal.throwIfAborted()
    return instead ?? this.history.answer(url, this.now, this.tellsTime.history ? this.now : null)
  }

  /** An answer that streams. */
  #open(signal: AbortSignal): Response {
    const streams = this.#streams
    let stream: OpenStream | null = null
    const leave = () => {
      if (stream !== null) streams.delete(stream)
    }
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const onAbort = () => {
          leave()
          controller.error(signal.reason)
        }
        stream = {
          send: (bytes) => controller.enqueue(bytes),
          end: (error) => {
            signal.removeEventListener('abort', onAbort)
            if (error === undefined) controller.close()
            else controller.error(error)
          },
        }
        streams.add(stream)
        signal.addEventListener('abort', onAbort, { once: true })
      },
      cancel: leave,
    })
    const date = this.tellsTime.stream ? { date: new Date(this.now).toUTCString() } : {}
    return new Response(body, { headers: { 'content-type': 'text/event-stream;charset=utf-8', ...date } })
  }
}

/** An answer that is no stream and no history. */
export function failing(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers })
}

/** An error as the platform itself words it. */
export function refusing(status: number, code: string): Response {
  return Response.json({ collection: [{ code, message: `Said ${code}` }] }, { status })
}
