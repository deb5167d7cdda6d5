import type { VmId } from '../book/book.ts'
import type { Tick } from '../book/tick.ts'

/** How long, in milliseconds, an event still speaks for changes that are found after its VM was read. */
const echoMs = 120_000

/**
 * Which VMs had an event: what then changes, however it is found, was announced. An announcement holds until the VM has
 * been read after it, and for a while longer, since REST may lag behind the event.
 */
export class Announcements {
  readonly #announced = new Map<VmId, { tick: Tick; servedAt: number | null }>()

  /** An event of the VM was received at `tick`. */
  announce(id: VmId, tick: Tick): void {
    this.#announced.set(id, { tick, servedAt: null })
  }

  /** The VM was told of by a request sent at `asOf`. */
  served(id: VmId, asOf: Tick, now: number): void {
    const entry = this.#announced.get(id)
    if (entry && entry.tick < asOf) entry.servedAt ??= now
  }

  /** Whether an event announced what is found of the VM at `now`. */
  covers(id: VmId, now: number): boolean {
    const entry = this.#announced.get(id)
    return entry !== undefined && (entry.servedAt === null || now - entry.servedAt < echoMs)
  }

  /** A complete list of everything was begun at `began`: forgets what it has served, and what has faded. */
  prune(began: Tick, now: number): void {
    for (const [id, entry] of this.#announced) {
      if (entry.tick < began) entry.servedAt ??= now
      if (entry.servedAt !== null && now - entry.servedAt >= echoMs) this.#announced.delete(id)
    }
  }
}
