/** Settings of a {@link Contact}. */
export interface ContactOptions {
  /** Whether there is a watch; where there is none, lists and reads alone tell. */
  readonly watched: boolean
  /** When it begins, of the clock's `now`. */
  readonly now: number
}

/** Who was told nothing for so long, though it asked, is blind. */
const blindAfterMs = 15_000
/** Who sees again says so later than others need to notice as well that the platform is back. */
const steadyAfterMs = 10_000

/**
 * Judges whether this process sees the platform at all, which others may see although it does not. Pure, without timers;
 * times are monotonic milliseconds.
 */
export class Contact {
  readonly #watched: boolean
  #open = false
  #openSince: number
  /** When the platform was last heard of, by the watch or by an answer. */
  #heardAt: number
  #answeredAt = Number.NEGATIVE_INFINITY
  /** When the first request failed since the last one that was answered; null where none did. */
  #failedAt: number | null = null

  constructor({ watched, now }: ContactOptions) {
    this.#watched = watched
    this.#openSince = now
    this.#heardAt = now
  }

  /** Takes how the watch is: one that is down asks all the time to come back. */
  watch(open: boolean, now: number): void {
    if (open || this.#open) this.#heardAt = now
    if (open && !this.#open) {
      this.#openSince = now
      this.#failedAt = null
    }
    this.#open = open
  }

  /** A list or a read was answered, if only in part. */
  answered(now: number): void {
    this.#heardAt = now
    this.#answeredAt = now
    this.#failedAt = null
  }

  /** A list or a read that began at `began` failed. */
  failed(began: number): void {
    if (began >= this.#answeredAt) this.#failedAt ??= began
  }

  /** Whether it sees the platform well; false where it is blind, and null where it is neither. */
  sees(now: number): boolean | null {
    if (now >= this.#blindAt) return false
    // Without a watch an old answer proves nothing: others, which list at another time, may be blind by now as well.
    const well = this.#watched
      ? this.#open && this.#failedAt === null && now >= this.#openSince + steadyAfterMs
      : now < this.#answeredAt + blindAfterMs
    return well && Number.isFinite(this.#answeredAt) ? true : null
  }

  /** When `sees` may say something else, by time alone. */
  nextAt(now: number): number {
    const times = [this.#blindAt, this.#openSince + steadyAfterMs, this.#answeredAt + blindAfterMs]
    return Math.min(...times.filter((at) => at > now))
  }

  get #blindAt(): number {
    const since = this.#watched ? (this.#open ? null : this.#heardAt) : this.#failedAt
    return since === null ? Number.POSITIVE_INFINITY : since + blindAfterMs
  }
}
