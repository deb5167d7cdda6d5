import type { Clock } from '@novnc-tokens/api'
import { type RedisConnection, RedisError } from '../outputs/redis/connection.ts'
import {
  leaseScript,
  noteScript,
  releaseScript,
  renewLeaseScript,
  renewScript,
  writeScript,
} from '../outputs/redis/scripts.ts'

type Args = readonly (string | number)[]

/** How long a connection of ours waits for an answer, in milliseconds. */
const commandTimeoutMs = 3000

/** What a database holds. */
interface Data {
  strings: Map<string, string>
  sets: Map<string, Set<string>>
  hashes: Map<string, Map<string, string>>
  /** When keys go, by the clock's `now`. */
  expiry: Map<string, number>
}

/**
 * One database of a Redis in memory, on a clock that a test advances. Of scripts it knows those of this package, by their
 * text, and does what they ought to do.
 */
export class FakeRedis {
  readonly #clock: Clock
  readonly #connections = new Set<FakeConnection>()
  #data = nothing()
  #up = true
  /** Whether it takes connections and commands, and answers none. */
  hangs = false
  /** What every command but those of a connection's beginning fails with. */
  failure: RedisError | null = null
  /** The id of each process that wrote tokens, in order, once for each script. */
  readonly writers: string[] = []
  /** Commands, in order, without their arguments. */
  readonly commands: string[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What is in it, keys sorted; sets and hashes as sorted texts. */
  get contents(): Record<string, string> {
    this.#expire()
    const { strings, sets, hashes } = this.#data
    const all = [
      ...strings,
      ...[...sets].map(([key, members]): [string, string] => [key, [...members].sort().join(' ')]),
      ...[...hashes].map(([key, fields]): [string, string] => [key, [...fields.keys()].sort().join(' ')]),
    ]
    return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)))
  }

  /** What is in it but the keys that stand beside tokens. */
  get keys(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.contents).filter(([key]) => !key.startsWith('novnc-tokens:')))
  }

  /** In how many milliseconds a key goes; null for one that stays. */
  leftOf(key: string): number | null {
    const at = this.#data.expiry.get(key)
    return at === undefined ? null : at - this.#clock.now()
  }

  set(key: string, value: string): void {
    this.#data.strings.set(key, value)
  }

  delete(key: string): void {
    this.#data.strings.delete(key)
  }

  /** Removes a token from the set of ours. */
  forget(token: string): void {
    for (const [key, members] of this.#data.sets) {
      members.delete(token)
      if (members.size === 0) this.#data.sets.delete(key)
    }
  }

  /** What FLUSHALL does. */
  flush(): void {
    this.#data = nothing()
  }

  /** A copy of what is in it, to start with later. */
  dump(): Data {
    return structuredClone(this.#data)
  }

  /** Ends it: connections are closed, and no new one is taken. */
  stop(): void {
    this.#up = false
    for (const connection of this.#connections) connection.close()
  }

  /** Starts it again, empty or with older data. */
  start(data: Data = nothing()): void {
    this.#data = data
    this.#up = true
  }

  /**
   * Connects as a process does that is cut off while `cut` says so. What it sends then is kept in `late`, for a network
   * that brings it after all.
   */
  async open(
    signal: AbortSignal,
    cut: () => boolean = () => false,
    late: (() => Promise<unknown>)[] = [],
  ): Promise<RedisConnection> {
    signal.throwIfAborted()
    if (!this.#up || cut()) throw new RedisError('connect ECONNREFUSED')
    const connection = new FakeConnection((command, args) => this.#answer(command, args, cut, late), this.#clock)
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
    return connection
  }

  async #answer(command: string, args: Args, cut: () => boolean, late: (() => Promise<unknown>)[]): Promise<unknown> {
    if (cut()) late.push(() => this.#answer(command, args, () => false, []))
    if (this.hangs || cut()) return await new Promise(() => {})
    await Promise.resolve()
    this.commands.push(command)
    if (this.failure !== null && !asksForLease(args[0])) throw this.failure
    this.#expire()
    const [key = ''] = args.map(String)
    const { strings, sets, hashes } = this.#data
    switch (command) {
      case 'mget':
        return args.map((each) => strings.get(String(each)) ?? null)
      case 'hget':
        return hashes.get(key)?.get(String(args[1])) ?? null
      case 'sscan':
        return this.#scan([...(sets.get(key) ?? [])], Number(args[1]), Number(args[3]))
      case 'eval':
        return this.#run(args)
    }
    throw new RedisError(`ERR unknown command '${command}'`, true)
  }

  #scan(members: readonly string[], from: number, count: number): unknown {
    const next = from + count
    return [next < members.length ? String(next) : '0', members.slice(from, next)]
  }

  #run([script, count, ...rest]: Args): unknown {
    const keys = rest.slice(0, Number(count)).map(String)
    const [calls = '', leaseMs = 0, ...args] = rest.slice(Number(count))
    const [lease = '', set = '', state = '', able = '', ...tokenKeys] = keys
    const { strings, hashes, expiry } = this.#data
    const holder = strings.get(lease)
    const [id = '', term] = String(calls).split('/')
    const [heldBy, heldIn] = (holder ?? '').split('/')
    if (script === releaseScript) return holder === calls && strings.delete(lease) ? 1 : 0
    const free = holder === undefined || (heldBy === id && Number(heldIn) <= Number(term))
    const version = () => hashes.get(state)?.get('version') ?? '0'
    const sight = args[script === leaseScript ? 2 : 1]
    const yields = sight === 'blind' && strings.has(able)
    if (script === leaseScript && (!free || yields)) {
      if (sight === 'sees' && !strings.has(able)) {
        strings.set(able, id)
        expiry.set(able, this.#clock.now() + Number(args[3]))
      }
      return [0, version()]
    }
    if (script !== leaseScript && holder !== calls) return [0]
    if (script === renewLeaseScript && yields) {
      strings.delete(lease)
      expiry.set(able, this.#clock.now() + Number(args[2]))
      return [2]
    }
    strings.set(lease, String(calls))
    expiry.set(lease, this.#clock.now() + Number(leaseMs))
    const fields = hashes.get(state) ?? new Map<string, string>()
    hashes.set(state, fields)
    const counts = () => [1, this.#data.sets.get(set)?.size ?? 0, this.#size() - Number(strings.has(able))]
    switch (script) {
      case leaseScript:
      case renewLeaseScript: {
        const writer = fields.get('writer') ?? ''
        fields.set('writer', id)
        return [...counts(), writer, fields.get('ttl') ?? '', version()]
      }
      case noteScript:
        fields.set(String(args[0]), String(args[1]))
        return counts()
      case renewScript:
        return [1, this.#renew(set, tokenKeys, Number(args[0]), args.slice(1).map(String))]
      case writeScript: {
        this.writers.push(id)
        fields.set('at', String(args[0]))
        fields.set('version', String(Number(version()) + 1))
        if (Number(args[1]) > 0) fields.set('ttl', String(args[1]))
        const puts = Number(args[2])
        const values = args.slice(3, 3 + puts).map(String)
        const removed = this.#write(set, tokenKeys, values, args.slice(3 + puts).map(String), Number(args[1]))
        return [...counts(), removed]
      }
    }
    throw new RedisError('ERR unknown script', true)
  }

  #write(
    set: string,
    keys: readonly string[],
    values: readonly string[],
    tokens: readonly string[],
    ttl: number,
  ): number {
    const { strings, sets, expiry } = this.#data
    const members = sets.get(set) ?? new Set<string>()
    let removed = 0
    for (const [index, key] of keys.entries()) {
      const [value, token = ''] = [values[index], tokens[index]]
      if (value !== undefined) {
        strings.set(key, value)
        if (ttl > 0) expiry.set(key, this.#clock.now() + ttl * 1000)
        else expiry.delete(key)
        members.add(token)
      } else if (members.delete(token)) {
        strings.delete(key)
        removed++
      }
    }
    if (members.size > 0) sets.set(set, members)
    else sets.delete(set)
    return removed
  }

  #renew(set: string, keys: readonly string[], ttl: number, tokens: readonly string[]): number {
    const { strings, sets, expiry } = this.#data
    let gone = 0
    for (const [index, key] of keys.entries()) {
      if (ttl === 0) expiry.delete(key)
      else if (strings.has(key)) expiry.set(key, this.#clock.now() + ttl * 1000)
      else if (sets.get(set)?.has(tokens[index] ?? '')) gone++
    }
    return gone
  }

  #size(): number {
    const { strings, sets, hashes } = this.#data
    return strings.size + sets.size + hashes.size
  }

  #expire(): void {
    const { strings, expiry } = this.#data
    for (const [key, at] of expiry) {
      if (at > this.#clock.now()) continue
      strings.delete(key)
      expiry.delete(key)
    }
  }
}

class FakeConnection implements RedisConnection {
  readonly closed: Promise<void>
  readonly #answer: (command: string, args: Args) => Promise<unknown>
  readonly #clock: Clock
  readonly #ending = new AbortController()

  constructor(answer: (command: string, args: Args) => Promise<unknown>, clock: Clock) {
    this.#answer = answer
    this.#clock = clock
    this.closed = new Promise((resolve) => {
      this.#ending.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  async call(command: string, args: Args): Promise<unknown> {
    if (this.#ending.signal.aborted) throw new RedisError('Connection is closed')
    const answered = new AbortController()
    const late = this.#clock.sleep(commandTimeoutMs, AbortSignal.any([answered.signal, this.#ending.signal])).then(
      () => {
        throw new RedisError('No answer within 3 s')
      },
      () => {
        throw new RedisError('Connection is closed')
      },
    )
    try {
      return await Promise.race([this.#answer(command, args), late])
    } finally {
      answered.abort()
    }
  }

  close(): void {
    this.#ending.abort()
  }
}

function asksForLease(script: unknown): boolean {
  return script === leaseScript || script === renewLeaseScript
}

function nothing(): Data {
  return { strings: new Map(), sets: new Map(), hashes: new Map(), expiry: new Map() }
}
