import type { Clock } from '@novnc-tokens/api'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { OutputError } from '../outputs/output.ts'
import { RedisOutput } from '../outputs/redis.ts'
import { SortedLines } from '../token/lines.ts'
import { tokenOf } from '../token/token.ts'
import { FakeRedis } from './fake-redis.ts'

/** Where the Redis is, with a password that nobody may see. */
export const url = 'redis://:hunter2@redis.example.com/2'
/** What is said of where it is. */
export const name = 'redis://redis.example.com:6379/2'
/** The address of a VM. */
export const at = (port: number) => ({ host: '10.0.0.1', port })
/** Its token. */
export const token = (port: number) => tokenOf(at(port))
/** The value of its key. */
export const value = (port: number) => `{"host":"10.0.0.1:${port}"}`

/** The lines of VMs at these ports. */
export function linesOf(...ports: number[]): SortedLines {
  const lines = new SortedLines()
  lines.change(new Map(ports.map((port) => [token(port), at(port)])), new Set())
  return lines
}

/** The keys that these make, sorted. */
export function keysOf(...ports: number[]): Record<string, string> {
  return Object.fromEntries(ports.map((port) => [token(port), value(port)]).sort())
}

/** A Redis on a clock, and processes that share it. */
export function sharing() {
  const clock = new FakeClock()
  const redis = new FakeRedis(clock)
  const outputs: RedisOutput[] = []
  return {
    clock,
    redis,
    /** One more process, with what it is told. */
    process(id: string, at = url) {
      const late: (() => Promise<unknown>)[] = []
      const state = { cut: false, late, news: [] as (readonly [number, string | undefined])[] }
      const open = (signal: AbortSignal) => redis.open(signal, () => state.cut, late)
      const own = new StoppableClock(clock)
      const output = new RedisOutput({ url: at, clock: own, id, open })
      output.listen(() => state.news.push([clock.now(), output.role]))
      outputs.push(output)
      return Object.assign(output, {
        state,
        /** Stops it, as SIGSTOP does; what this returns has it go on. */
        stop: () => own.stop(),
        /** What a runner does first. */
        async begin(...ports: number[]) {
          await output.load()
          if (ports.length > 0) await output.write(linesOf(...ports), new Set(ports.map(token)))
        },
      })
    },
    async [Symbol.asyncDispose]() {
      const ending = Promise.all(outputs.map((output) => output[Symbol.asyncDispose]()))
      await clock.advance(10_000)
      await ending
    },
  }
}

/** What an output fails with, which never is its cause or tells a password. */
export async function failure(of: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await of.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OutputError)) throw new Error('no OutputError', { cause: error })
  if (error.cause !== undefined || error.message.includes('hunter2')) throw new Error('It tells what nobody may see')
  return { code: error.code, message: error.message }
}

/** The clock of one process, which stands still while that is stopped. */
class StoppableClock implements Clock {
  readonly #clock: FakeClock
  #stopped: { now: number; until: Promise<void> } | null = null

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  stop(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stopped = { now: this.#clock.now(), until: promise }
    return () => {
      this.#stopped = null
      resolve()
    }
  }

  now(): number {
    return this.#stopped?.now ?? this.#clock.now()
  }

  wall(): number {
    return this.#clock.wall()
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal)
    await this.#stopped?.until
  }
}

/** Keys in the order in which they are compared. */
export function sorted(keys: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).sort(([one], [other]) => (one < other ? -1 : 1)))
}
