/** What the service manager shows of this process. */
export interface StatusLine {
  readonly text: string
  /** What of it is news when it differs: all but the times. */
  readonly substance: string
}

/** What {@link ServiceState} asks when something is due. */
export interface ServiceFacts {
  line: () => StatusLine
  /** Whether our own loops turn, whatever becomes of anything elsewhere. */
  alive: () => boolean
}

/** News come to the journal and to readiness at once; here a line of text each ten seconds is enough for people. */
const newsEveryMs = 10_000
/** Who starts a service looks at it right then, and its first list is a matter of moments: at first news come quicker. */
const atFirst = { forMs: 10_000, everyMs: 1000 }
/**
 * Where only the age of the list grows, each line costs a wake-up of the service manager and of all who listen to it:
 * so it may be wrong by half a minute.
 */
const agesEveryMs = 30_000
/** After something could not be told, or was not to be told, it is looked again so soon. */
const retryMs = 1000

/**
 * Decides what a service manager is to be told, and when: the datagrams of sd_notify(3) without any socket. The watchdog
 * is fed at half its time, and only while our own loops turn.
 */
export class ServiceState {
  readonly #facts: ServiceFacts
  readonly #feedEveryMs: number
  readonly #owed: string[] = []
  #phase: 'starting' | 'ready' | 'stopping' = 'starting'
  #told: (StatusLine & { readonly at: number }) | null = null
  /** When it was first told that this process is ready. */
  #readyAt: number | null = null
  #feedAt = Number.NEGATIVE_INFINITY
  #lookAt = Number.NEGATIVE_INFINITY

  /** @param watchdogMs after which silence the manager ends this process; null: never */
  constructor(watchdogMs: number | null, facts: ServiceFacts) {
    this.#feedEveryMs = watchdogMs === null ? Number.POSITIVE_INFINITY : watchdogMs / 2
    if (watchdogMs === null) this.#feedAt = Number.POSITIVE_INFINITY
    this.#facts = facts
  }

  /** This process does what it is for. */
  ready(): void {
    if (this.#phase !== 'starting') return
    this.#phase = 'ready'
    this.#owed.push('READY=1')
  }

  /** The settings are read again, from this moment on of CLOCK_MONOTONIC. */
  reloading(monotonicMicros: bigint): void {
    // A manager that waits for the start takes the READY of its end.
    if (this.#phase === 'ready') this.#owed.push(`RELOADING=1\nMONOTONIC_USEC=${monotonicMicros}`)
  }

  /** They were read, well or not. */
  reloaded(): void {
    if (this.#phase === 'ready') this.#owed.push('READY=1')
  }

  /** This process ends. */
  stopping(): void {
    if (this.#phase === 'stopping') return
    this.#phase = 'stopping'
    this.#owed.push('STOPPING=1\nSTATUS=Stopping')
  }

  /**
   * Hands all that is due to `send`, in order; what that throws at is due again a while later.
   * @throws what `send` throws
   */
  flush(now: number, send: (datagram: string) => void): void {
    this.#lookAt = now + retryMs
    for (let [first] = this.#owed; first !== undefined; [first] = this.#owed) {
      send(first)
      this.#owed.shift()
    }
    if (this.#phase !== 'ready') return
    this.#readyAt ??= now
    // By itself and first: nothing about a line for people may cost a restart.
    if (now >= this.#feedAt && this.#facts.alive()) {
      send('WATCHDOG=1')
      this.#feedAt = now + this.#feedEveryMs
    }
    const line = this.#news(now)
    if (line !== null) {
      send(`STATUS=${line.text}`)
      this.#told = { ...line, at: now }
    }
    this.#lookAt = now + this.#newsEveryMs(now)
  }

  /** After how many milliseconds the next `flush` is due. */
  dueIn(now: number): number {
    if (this.#phase !== 'ready') return Math.max(0, this.#lookAt - now)
    // A loop that stood still may turn again any moment, as after the whole process was stopped for a while.
    const feedIn = this.#feedAt > now ? this.#feedAt - now : Math.min(retryMs, this.#feedEveryMs)
    return Math.max(0, Math.min(this.#lookAt - now, feedIn))
  }

  #newsEveryMs(now: number): number {
    return now - (this.#readyAt ?? now) < atFirst.forMs ? atFirst.everyMs : newsEveryMs
  }

  #news(now: number): StatusLine | null {
    const told = this.#told
    if (told !== null && now - told.at < this.#newsEveryMs(now)) return null
    const line = this.#facts.line()
    if (told === null || line.substance !== told.substance) return line
    return line.text !== told.text && now - told.at >= agesEveryMs ? line : null
  }
}
