/** The platform's own clock, which its events, tokens, `Date` headers and checks of time all go by. */
export class PlatformClock {
  readonly #now: () => number
  /** Milliseconds by which it is ahead of the clock behind it; a leap forward is time that passes on the platform. */
  skewMs: number

  constructor(now: () => number, skewMs: number) {
    this.#now = now
    this.skewMs = skewMs
  }

  /** Milliseconds since 1970, as the platform sees them. */
  now(): number {
    return this.#now() + this.skewMs
  }

  /** The time as a `Date` header has it. */
  httpDate(): string {
    return new Date(this.now()).toUTCString()
  }
}
