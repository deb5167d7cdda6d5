import { type Clock, messageOf } from '@novnc-tokens/api'
import { type RedisConnection, RedisError } from './connection.ts'

/** Settings of a {@link Link}. */
export interface LinkOptions {
  readonly open: (signal: AbortSignal) => Promise<RedisConnection>
  /** Called at once on a new connection and then as it says: returns in how many milliseconds to call it again. */
  readonly beat: (connection: RedisConnection) => Promise<number>
  /** Called after each beat. @param connected whether the connection is new */
  readonly onBeat: (connected: boolean) => void
  /** Called last of all, after the last beat, where there is a connection to be closed. */
  readonly farewell: (connection: RedisConnection) => Promise<unknown>
  readonly clock: Clock
}

/**
 * How often a Redis that is away is tried: it has to be right within 5 s of its return. Such a try costs next to nothing,
 * and no request to the platform; what failed meanwhile has a growing distance of its own, which only a success cuts short.
 */
const probeEveryMs = 1000
/** A server that does not answer is not waited for at the end. */
const closeWithinMs = 300

/** Keeps one connection from its start until it is closed: opens it, feels its pulse, opens it again. */
export class Link {
  readonly #options: LinkOptions
  readonly #ending = new AbortController()
  #running: Promise<void> | null = null
  /** The connection that is open, be it of use yet or not, and the one that is. */
  #opened: RedisConnection | null = null
  #current: RedisConnection | null = null
  /** Why there is no connection; null before the first try has ended. */
  #error: Error | null = null
  /** Why the connection that is open was given up. */
  #dropped: Error | null = null
  readonly #tried: Promise<void>
  #haveTried: () => void = () => {}
  /** Ends the wait for the next beat. */
  #pause = new AbortController()

  constructor(options: LinkOptions) {
    this.#options = options
    this.#tried = new Promise((resolve) => {
      this.#haveTried = resolve
    })
  }

  /** The connection, if there is one now. */
  get current(): RedisConnection | null {
    return this.#current
  }

  /**
   * The connection, if there is one now; the very first try is waited for.
   *
   * @throws Error why there is none
   */
  async connection(): Promise<RedisConnection> {
    this.#running ??= this.#run()
    if (this.#current === null && this.#error === null) await this.#tried
    if (this.#current !== null) return this.#current
    throw this.#error ?? new RedisError('it is closed')
  }

  /** A connection turned out to be of no use: another one is opened soon. */
  drop(connection: RedisConnection, error: Error): void {
    if (connection !== this.#current) return
    this.#current = null
    this.#error = error
    this.#dropped = error
    connection.close()
  }

  /** Has the next beat come at once. */
  beatNow(): void {
    this.#pause.abort()
  }

  /** Closes it for ever; resolves once nothing is left open. */
  async close(): Promise<void> {
    this.#ending.abort()
    this.#pause.abort()
    const closed = new AbortController()
    const enough = this.#options.clock.sleep(closeWithinMs, closed.signal)
    enough.then(
      () => this.#opened?.close(),
      () => undefined,
    )
    await this.#running
    closed.abort()
    this.#error ??= new RedisError('it is closed')
    this.#haveTried()
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      await this.#live()
      this.#haveTried()
      await this.#options.clock.sleep(probeEveryMs, signal).catch(() => undefined)
    }
  }

  /** One connection, from its beginning to its end. */
  async #live(): Promise<void> {
    const { open, beat, onBeat, farewell, clock } = this.#options
    const { signal } = this.#ending
    let closed = false
    try {
      const connection = await open(signal)
      this.#opened = connection
      void connection.closed.then(() => {
        closed = true
        this.#pause.abort()
      })
      for (let connected = true; !signal.aborted && !closed; connected = false) {
        this.#pause = new AbortController()
        const nextInMs = await beat(connection)
        if (connected) this.#current = connection
        this.#haveTried()
        onBeat(connected)
        await clock.sleep(nextInMs, this.#pause.signal).catch(() => undefined)
      }
      if (!closed) await farewell(connection)
      this.#ended(new RedisError('the connection was closed'))
    } catch (error) {
      this.#ended(error instanceof Error ? error : new Error(messageOf(error)))
    }
    this.#opened?.close()
    await this.#opened?.closed
    this.#opened = null
  }

  #ended(error: Error): void {
    this.#error = this.#dropped ?? error
    this.#dropped = null
    this.#current = null
  }
}
