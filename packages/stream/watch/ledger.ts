import type { PlatformEvent } from '@novnc-tokens/api'
import { MarkCounts } from './mark-counts.ts'

/** How often an event was told, by each of the two ways: three counts in one number, so that a busy minute fits. */
const countSize = 2 ** 16
const ofStream = 1
const ofHistory = countSize
const accepted = countSize ** 2

/** One line of a saved ledger: second since 1970, the event's mark, how often it was told. */
export type SavedMark = readonly [second: number, mark: number, times: number]

/**
 * Which events were told, so that each is told once although the stream and the history both have it. No event has an
 * id, and equal ones happen: so they are counted. Of equal events (same moment, context, action, entity, user and
 * message) as many happened as either way has told, whichever told more.
 *
 * Pure; holds some 30 bytes for each event until `forgetBefore`.
 */
export class Ledger {
  /** By second, then by the event's mark: its three counts. */
  readonly #seconds = new Map<number, MarkCounts>()

  /** The stream tells an event. Whether it is to be told: false where the history has told it before. */
  arrived(event: PlatformEvent): boolean {
    if (event.timestamp === null) return true
    return this.#count(event.timestamp, markOf(event), (stream, history) => [stream + 1, history])
  }

  /** An event that was to be told was dropped instead: the history is to tell it. */
  dropped(event: PlatformEvent): void {
    if (event.timestamp === null) return
    const marks = this.#seconds.get(secondOf(event.timestamp))
    const mark = markOf(event)
    const counts = marks?.get(mark) ?? 0
    if (acceptedOf(counts) > 0) marks?.set(mark, counts - accepted)
  }

  /**
   * The history tells a page of events. The function that it returns takes them one by one, in their order, and says of
   * each whether it is to be told.
   */
  page(): (event: PlatformEvent) => boolean {
    const seen = new Map<number, MarkCounts>()
    return (event) => {
      const { timestamp } = event
      if (timestamp === null) return false
      const mark = markOf(event)
      const marks = entryOf(seen, secondOf(timestamp))
      const times = marks.get(mark) + 1
      marks.set(mark, times)
      return this.#count(timestamp, mark, (stream, history) => [stream, Math.max(history, times)])
    }
  }

  /**
   * Whether the history knows what the stream told between two moments: false where it has none of it, null where the
   * stream told nothing then.
   */
  confirmed(from: number, to: number): boolean | null {
    let told = false
    for (const [second, marks] of this.#seconds) {
      if (second < secondOf(from) || second >= secondOf(to)) continue
      for (const [, counts] of marks) {
        if (streamOf(counts) > 0 && historyOf(counts) > 0) return true
        told ||= streamOf(counts) > 0
      }
    }
    return told ? false : null
  }

  /** Forgets the events before a moment: neither way will tell them again. */
  forgetBefore(time: number): void {
    const limit = secondOf(time)
    for (const second of this.#seconds.keys()) if (second < limit) this.#seconds.delete(second)
  }

  /** What was told since a moment, without `waiting`: events that are still to be told. */
  save(from: number, waiting: Iterable<PlatformEvent>): SavedMark[] {
    const untold = new Map<string, number>()
    for (const event of waiting) {
      if (event.timestamp === null) continue
      const key = `${secondOf(event.timestamp)} ${markOf(event)}`
      untold.set(key, (untold.get(key) ?? 0) + 1)
    }
    const saved: SavedMark[] = []
    for (const [second, marks] of this.#seconds) {
      if (second < secondOf(from)) continue
      for (const [mark, counts] of marks) {
        const times = acceptedOf(counts) - (untold.get(`${second} ${mark}`) ?? 0)
        if (times > 0) saved.push([second, mark, times])
      }
    }
    return saved
  }

  /** Takes what another ledger has saved as told by the history. */
  restore(saved: readonly SavedMark[]): void {
    for (const [second, mark, times] of saved) {
      entryOf(this.#seconds, second).set(mark, times * (ofHistory + accepted))
    }
  }

  /** How many different events it holds. */
  get size(): number {
    let size = 0
    for (const marks of this.#seconds.values()) size += marks.size
    return size
  }

  #count(
    timestamp: number,
    mark: number,
    next: (stream: number, history: number) => readonly [stream: number, history: number],
  ): boolean {
    const marks = entryOf(this.#seconds, secondOf(timestamp))
    const before = marks.get(mark)
    const [stream, history] = next(streamOf(before), historyOf(before))
    // Events that are made so often are no longer told apart: twice is better than never.
    if (stream >= countSize || history >= countSize) return true
    const told = acceptedOf(before)
    const tell = told < Math.max(stream, history)
    marks.set(mark, stream * ofStream + history * ofHistory + (told + (tell ? 1 : 0)) * accepted)
    return tell
  }
}

/** The counts of one second, which are made where there are none. */
function entryOf(seconds: Map<number, MarkCounts>, second: number): MarkCounts {
  const known = seconds.get(second)
  if (known !== undefined) return known
  const marks = new MarkCounts()
  seconds.set(second, marks)
  return marks
}

function streamOf(counts: number): number {
  return counts % countSize
}

function historyOf(counts: number): number {
  return Math.floor(counts / countSize) % countSize
}

function acceptedOf(counts: number): number {
  return Math.floor(counts / accepted)
}

function secondOf(time: number): number {
  return Math.floor(time / 1000)
}

/**
 * A number of 53 bits for what makes an event: two of one second share it by chance once in some 10^9 seconds with
 * 5,000 events each. Events up to 4.6 have other fields in the history than in the stream, so fewer are compared.
 */
function markOf(event: PlatformEvent): number {
  const { timestamp, action, entityPath } = event
  const common = `${timestamp}\n${action}\n${entityPath}`
  if (event.format === 'legacy') return hash(common)
  return hash(`${common}\n${event.context}\n${event.userPath}\n${event.message}`)
}

/** Two multiplicative hashes of 32 bits side by side, mixed at the end. */
function hash(text: string): number {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0xcc9e2d51) + unit
  }
  a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) ^ (b >>> 13)
  b = Math.imul(b ^ (b >>> 16), 0x297a2d39) ^ (a >>> 11)
  return (a >>> 0) + (b & 0x1fffff) * 2 ** 32
}
