import { getEventListeners } from 'node:events'
import { basic, type Clock, Connection, Inventory } from '@novnc-tokens/api'
import { type EventWatch, watch as watchEvents } from '@novnc-tokens/stream'
import type { FakeClock } from '../../../api/testing/fake-clock.ts'
import { watchedEntities } from '../../events/trigger.ts'
import { Keeper } from '../../keeper/keeper.ts'
import type { Note } from '../../keeper/note.ts'
import { MemoryOutput } from '../../lookup/memory-output.ts'
import type { Output } from '../../outputs/output.ts'
import { type RedisConnection, RedisError } from '../../outputs/redis/connection.ts'
import { RedisOutput } from '../../outputs/redis.ts'
import { Runner } from '../../outputs/runner.ts'
import type { ModelApi } from './api.ts'
import { type ModelFile, ModelOutput } from './model-output.ts'
import type { Witness } from './witness.ts'

/** What one life of the program needs of its world. */
export interface LifeOptions {
  readonly clock: FakeClock
  readonly api: ModelApi
  readonly witness: Witness
  readonly files: readonly ModelFile[]
  readonly openRedis: (signal: AbortSignal, isDead: () => boolean) => Promise<RedisConnection>
  readonly watch: 'auto' | 'poll' | 'none'
  readonly resyncMs: number
  readonly guard: number | null
  readonly random: () => number
  readonly wallOffset: () => number
  readonly note: (note: Note) => void
}

/** The clock of one process: it ends with it, and its wall time may jump. */
class LifeClock implements Clock {
  readonly #clock: FakeClock
  readonly #killed = new AbortController()
  readonly #wallOffset: () => number
  /** How many sleeps have not ended. */
  sleeping = 0

  constructor(clock: FakeClock, wallOffset: () => number) {
    this.#clock = clock
    this.#wallOffset = wallOffset
  }

  kill(): void {
    this.#killed.abort()
  }

  now(): number {
    return this.#clock.now()
  }

  wall(): number {
    return this.#clock.wall() + this.#wallOffset()
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const killed = this.#killed.signal
    this.sleeping++
    try {
      await this.#clock.sleep(ms, signal === undefined ? killed : AbortSignal.any([signal, killed]))
    } finally {
      this.sleeping--
      // Of a killed process nothing goes on.
      if (killed.aborted) await new Promise(() => {})
    }
  }
}

/** One life of the program: all that `novnc-tokens run` is made of, from its start to its end. */
export class Life {
  readonly keeper: Keeper
  readonly watch: EventWatch | null
  readonly lookup = new MemoryOutput()
  readonly #connection: Connection
  readonly #clock: LifeClock
  readonly #outputs: readonly Output[]
  readonly #ending = new AbortController()
  readonly #run: Promise<void>
  /** Ends the requests of a killed process. */
  readonly #gone = new AbortController()
  readonly #base: FakeClock

  constructor(options: LifeOptions) {
    const { api, witness, files, random, resyncMs, guard, note } = options
    this.#base = options.clock
    const clock = new LifeClock(options.clock, options.wallOffset)
    this.#clock = clock
    const isDead = () => this.#gone.signal.aborted
    const sending = api.fetchFor(witness)
    this.#connection = new Connection({
      api: 'https://h/api',
      authorization: basic('admin', 'secret'),
      clock,
      random,
      patient: true,
      fetch: async (url, init) => {
        const signals = [this.#gone.signal, ...(init.signal ? [init.signal] : [])]
        try {
          return await sending(url, { ...init, signal: AbortSignal.any(signals) })
        } finally {
          if (isDead()) await new Promise(() => {})
        }
      },
    })
    const connection = this.#connection
    this.watch =
      options.watch === 'none'
        ? null
        : watchEvents({
            connection,
            mode: options.watch,
            filters: { entity: watchedEntities },
            order: 'arrival',
            random,
          })
    const sleep = (ms: number) => clock.sleep(ms)
    const open = (signal: AbortSignal) => options.openRedis(signal, isDead)
    this.#outputs = [
      ...files.map((file) => new ModelOutput(file, sleep, isDead)),
      new RedisOutput({ url: 'redis://redis.example.com', clock, id: 'ours', open }),
      this.lookup,
    ]
    this.keeper = new Keeper({
      inventory: new Inventory(connection),
      watch: this.watch,
      outputs: this.#outputs.map(
        (output) =>
          new Runner({
            output,
            guard: { share: guard, confirmAfterMs: resyncMs },
            onChangedByOthers: () => this.keeper.outputChanged(),
            clock,
            random,
            note,
          }),
      ),
      resyncMs,
      listConcurrency: connection.listLimit,
      readConcurrency: 8,
      login: () => connection.login(),
      clock,
      random,
      note,
    })
    this.#run = this.keeper.run(this.#ending.signal)
  }

  /** What HUP does. */
  renew(): void {
    this.#connection.renew({ authorization: basic('admin', 'secret'), tls: undefined })
    this.watch?.retryNow()
    this.keeper.listNow()
  }

  /** Ends it as TERM does; returns what is left open then. */
  async stop(): Promise<readonly string[]> {
    this.#ending.abort()
    this.#connection[Symbol.dispose]()
    let ended = false
    const ending = this.#run
      .then(() => Promise.all(this.#outputs.map((output) => output[Symbol.asyncDispose]())))
      .then(() => {
        ended = true
      })
    // A write that hangs goes on for 1 s, the farewell to Redis for less.
    await this.#base.advance(0)
    for (let waited = 0; !ended && waited < stopWithinMs; waited += 100) await this.#base.advance(100)
    if (!ended) return ['the run itself']
    await ending
    const listeners = getEventListeners(this.#ending.signal, 'abort').length
    return [
      ...(this.#clock.sleeping > 0 ? [`${this.#clock.sleeping} sleeps`] : []),
      ...(listeners > 0 ? [`${listeners} listeners of the signal`] : []),
    ]
  }

  /** Ends it as KILL does. */
  kill(): void {
    this.#clock.kill()
    this.#gone.abort()
  }
}

/** As long as a file may take for one step, and some more for what follows. */
const stopWithinMs = 5000

/** A connection to Redis that tells when something was done by it, and breaks off with the process. */
export async function watched(
  opening: Promise<RedisConnection>,
  isDead: () => boolean,
  onDone: () => void,
): Promise<RedisConnection> {
  const connection = await opening
  return {
    closed: connection.closed,
    close: () => connection.close(),
    async call(command, args) {
      if (isDead()) throw new RedisError('Connection is closed')
      const answer = await connection.call(command, args)
      if (command === 'eval') onDone()
      return answer
    },
  }
}
