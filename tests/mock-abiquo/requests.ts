import type { Refusal, Scheme } from './log-in.ts'

// Old records go by halves, so that a program that runs for days does not grow.
const recordLimit = 200_000

/** What a request was, kept after it was answered. */
export interface RequestRecord {
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  /** `performance.now()` when it was read. */
  readonly at: number
  readonly kind: 'rest' | 'stream'
  readonly accept: string | null
  readonly userAgent: string | null
  /** Who asked, where a header said so. */
  username: string | null
  /** Null: none was sent, or a fault answered before it was looked at. */
  authorizationOk: boolean | null
  /** How the log-in was tried; null where it was not, or a fault answered before it was looked at. */
  authorizationScheme: Scheme | null
  /** Why the log-in was refused; null where it was not. */
  authorizationWhy: Refusal | null
  /** Null until it is answered; stays null where the connection ended without an answer. */
  status: number | null
  /** Bytes of the body. */
  bytes: number
  /** Milliseconds until it was over, null before that. */
  durationMs: number | null
}

/** The record of the requests to the API and the stream. */
export class Requests {
  #all: RequestRecord[] = []
  #open = 0
  #maxConcurrent = 0

  /** The requests since the start or the last `clear`, oldest first. */
  get all(): readonly RequestRecord[] {
    return this.#all
  }

  /** REST requests being answered now. */
  get concurrent(): number {
    return this.#open
  }

  /** The most REST requests that were being answered at once since the last `clear`. */
  get maxConcurrent(): number {
    return this.#maxConcurrent
  }

  /** The number of requests, of those that match where a predicate is given. */
  count(predicate?: (request: RequestRecord) => boolean): number {
    return predicate === undefined ? this.#all.length : this.#all.filter(predicate).length
  }

  /** Forgets all of them. */
  clear(): void {
    this.#all = []
    this.#maxConcurrent = this.#open
  }

  /** A request has come in; the answer is called when it is over. */
  begin(record: RequestRecord): (status: number | null, bytes: number) => void {
    this.#all.push(record)
    if (this.#all.length > recordLimit) this.#all = this.#all.slice(recordLimit / 2)
    const counted = record.kind === 'rest'
    if (counted) this.#maxConcurrent = Math.max(this.#maxConcurrent, ++this.#open)
    return (status, bytes) => {
      record.status = status
      record.bytes = bytes
      record.durationMs = performance.now() - record.at
      if (counted) this.#open--
    }
  }
}
