import { randomBytes } from 'node:crypto'
import { type Clock, messageOf, systemClock } from '@novnc-tokens/api'
import { SortedLines } from '../token/lines.ts'
import type { Token } from '../token/token.ts'
import { Carried, type Contents } from './carried.ts'
import {
  type Doubt,
  type Loaded,
  type Output,
  OutputError,
  type OutputErrorCode,
  type OutputRole,
  type WriteOptions,
  type Written,
} from './output.ts'
import { describeRedis, parseRedisUrl } from './redis/address.ts'
import { adviceFor } from './redis/advice.ts'
import { type RedisConnection, RedisError } from './redis/connection.ts'
import { Doubts } from './redis/doubts.ts'
import { lineOfRedisValue, type RedisKeys, redisKeys } from './redis/keys.ts'
import { afterLeaderMs, Lease, leaseMs } from './redis/lease.ts'
import { Link } from './redis/link.ts'
import { openMaster } from './redis/master.ts'
import { Renewal } from './redis/renewal.ts'
import { readLease, readNote, readVersion, readYielded, type ScriptCall, Scripts } from './redis/scripts.ts'
import { differences, readTokens, writeTokens } from './redis/store.ts'

/** Settings of a {@link RedisOutput}. */
export interface RedisOutputOptions {
  /** Where it is, as `parseRedisUrl` reads it. */
  url: string
  /** @default systemClock */
  clock?: Clock
  /** What tells this process from any other that writes there. @default random */
  id?: string
  /** Connects to the server that takes writes. @default by ioredis */
  open?: (signal: AbortSignal) => Promise<RedisConnection>
}

/** A Redis that comes and goes ends the wait of its runner at most this often. */
const newsOfReturnEveryMs = 5000
/** What the server has not answered so soon after the end was told is not waited for. */
const finishWithinMs = 300

/**
 * Keys in Redis as websockify's TokenRedis plugin reads them: the token, and `{"host":"HOST:PORT"}`. Several processes
 * may share them: one writes, by a lease that each write proves anew, and the others stand by. Keys that are not ours are
 * left alone, but for one that has the name of a token which is to be there. An IPv6 host cannot be carried.
 *
 * It holds a connection and timers from its first use until it is disposed of.
 */
export class RedisOutput implements Output {
  readonly name: string
  readonly #id: string
  readonly #clock: Clock
  readonly #keys: RedisKeys
  /** The calls of the term: it ends with the connection, and with the lease. */
  #scripts: Scripts
  readonly #link: Link
  readonly #lease = new Lease()
  readonly #doubts = new Doubts()
  readonly #renewal: Renewal
  readonly #carried = new Carried()
  #granted: RedisConnection | null = null
  #met: RedisConnection | null = null
  #writing = 0
  #sees: boolean | null = null
  #yielded = false
  #onNews: () => void = () => {}
  #told: { role: OutputRole | undefined; raised: number; returnedAt: number } = {
    role: undefined,
    raised: 0,
    returnedAt: Number.NEGATIVE_INFINITY,
  }

  /** @throws RangeError for a URL that is none */
  constructor({ url, clock = systemClock, id = randomBytes(16).toString('hex'), open }: RedisOutputOptions) {
    const address = parseRedisUrl(url)
    this.name = describeRedis(address)
    this.#id = id
    this.#clock = clock
    this.#keys = redisKeys(address.namespace)
    this.#scripts = new Scripts(this.#keys, id, leaseMs, address.ttlSeconds)
    this.#renewal = new Renewal({
      keys: this.#keys,
      ttlSeconds: address.ttlSeconds,
      clock,
      onGone: () => this.#doubts.raise('others'),
      onFailed: (connection, error) => this.#failed(connection, error),
    })
    this.#link = new Link({
      open: open ?? ((signal) => openMaster(address, { clock, signal })),
      beat: (connection) => this.#beat(connection),
      onBeat: (connected) => this.#tell(connected),
      // A standby need not wait until the lease runs out.
      farewell: (connection) => connection.call('eval', this.#scripts.release()),
      clock,
    })
  }

  get uncarried(): number {
    return this.#carried.left
  }

  get role(): OutputRole | undefined {
    return this.#lease.role(this.#clock.now())
  }

  get yielded(): boolean {
    return this.#yielded
  }

  sees(sees: boolean | null): void {
    this.#sees = sees
    if (sees === false && this.role === 'leader') this.#link.beatNow()
  }

  mistrust(): void {
    // Who takes the lease over compares all anyway.
    if (this.role === 'leader') this.#doubts.raise('unsure')
  }

  listen(onNews: () => void): void {
    this.#onNews = onNews
  }

  async load(): Promise<Loaded> {
    return await this.#attempt('unreadable', 'read', async (connection) => {
      const led = this.role === 'leader'
      const { raised } = this.#doubts
      const [found, at] = await Promise.all([
        readTokens(connection, this.#keys),
        connection.call('hget', [this.#keys.state, 'at']),
      ])
      const { lines, refused } = linesOf(found)
      this.#doubts.settled(raised, led && this.role === 'leader', this.#clock.now())
      const existed = lines.size > 0
      const modifiedAt = existed && typeof at === 'string' ? Number(at) : null
      return { lines, refused, exact: lines.size === found.size, existed, modifiedAt }
    })
  }

  async changed(): Promise<Doubt | null> {
    // A Redis that is out of reach takes nothing either.
    return await this.#attempt('unwritable', 'look at', async () =>
      this.role === 'leader' ? this.#doubts.doubt : null,
    )
  }

  async write(lines: SortedLines, changed: ReadonlySet<Token> | null, options: WriteOptions = {}): Promise<Written> {
    // Taken before anything waits: the lines go on changing.
    const wanted = this.role === 'leader' ? this.#carried.contents(lines, changed) : null
    return await this.#attempt('unwritable', 'write to', async (connection) => {
      if (wanted === null || this.role !== 'leader' || this.#doubts.mustLoad) return nothing('standby')
      const writing = this.#write(connection, wanted, changed === null, options)
      return await Promise.race([writing, this.#cut(writing, options.signal)])
    })
  }

  async check(): Promise<void> {
    await this.#attempt('unwritable', 'write to', async () => undefined)
  }

  async confirm(): Promise<void> {
    await this.#attempt('unwritable', 'note the time in', async (connection) => {
      if (this.role !== 'leader') return
      const scripts = this.#scripts
      const answer = readNote(await connection.call('eval', scripts.noteTime(Math.round(this.#clock.wall()))))
      if (answer === null) this.#refused(scripts)
      else if (this.#writing === 0) this.#doubts.confirmed(answer, this.#clock.now())
    })
  }

  async leaveWord(word: string | null): Promise<void> {
    await this.#attempt('unwritable', 'leave word in', async (connection) => {
      const scripts = this.#scripts
      const answer = readNote(await connection.call('eval', scripts.noteWord(word ?? '')))
      if (answer === null) this.#refused(scripts)
    })
  }

  async word(): Promise<string | null> {
    return await this.#attempt('unreadable', 'read', async (connection) => {
      const word = await connection.call('hget', [this.#keys.state, 'word'])
      return typeof word === 'string' && word !== '' ? word : null
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link.close()
  }

  /** Takes or renews the lease; standing by, asks for it. */
  async #beat(connection: RedisConnection): Promise<number> {
    const met = connection === this.#met
    this.#met = connection
    if (!met && this.#lease.refused) {
      this.#doubts.saw(Number(await connection.call('hget', [this.#keys.state, 'version'])))
      return afterLeaderMs
    }
    const askedAt = this.#clock.now()
    const renewed = await this.#renew(connection)
    const led = renewed !== null
    const answer = renewed ?? (await this.#take(connection))
    this.#lease.take(answer !== null, askedAt)
    if (answer === null) this.#granted = null
    else {
      const others = answer.writer !== '' && answer.writer !== this.#id
      const connected = connection !== this.#granted
      this.#granted = connection
      this.#yielded = false
      this.#doubts.granted({ others, connected, led, counts: this.#writing > 0 ? null : answer })
      if (connected || !led) this.#renewal.due(answer.ttl)
    }
    return this.#lease.askAgainMs(this.#clock.now())
  }

  /** Renews the lease in its term, where there is one on this connection. */
  async #renew(connection: RedisConnection): Promise<ReturnType<typeof readLease>> {
    if (this.role !== 'leader' || connection !== this.#granted) return null
    const answer = await this.#ask(connection, this.#scripts.renewLease(this.#sees))
    if (answer === null) this.#lease.lose()
    return answer
  }

  /** Begins a term: what an earlier one sent, perhaps on another connection, is refused from now on, however late. */
  async #take(connection: RedisConnection): Promise<ReturnType<typeof readLease>> {
    this.#scripts = this.#scripts.next()
    return await this.#ask(connection, this.#scripts.lease(this.#sees))
  }

  async #ask(connection: RedisConnection, call: ScriptCall): Promise<ReturnType<typeof readLease>> {
    const answer = await connection.call('eval', call)
    const version = readVersion(answer)
    if (version !== null) this.#doubts.saw(version)
    if (readYielded(answer)) this.#yielded = true
    return readLease(answer)
  }

  #tell(connected: boolean): void {
    const now = this.#clock.now()
    const { role } = this
    const { doubt, raised } = this.#doubts
    const { current } = this.#link
    if (current !== null && role === 'leader' && doubt === null) this.#renewal.run(current, this.#scripts)
    const { returnedAt } = this.#told
    const returned = connected && now - returnedAt >= newsOfReturnEveryMs
    const news = !connected && (role !== this.#told.role || raised !== this.#told.raised)
    if (!returned && !news) return
    this.#told = { role, raised, returnedAt: returned ? now : returnedAt }
    this.#onNews()
  }

  async #write(
    connection: RedisConnection,
    wanted: Contents,
    all: boolean,
    { signal, onProgress }: WriteOptions,
  ): Promise<Written> {
    const { raised } = this.#doubts
    const scripts = this.#scripts
    this.#writing++
    try {
      const changes = all ? await differences(await readTokens(connection, this.#keys), wanted) : wanted
      const { outcome, added, removed } = await writeTokens(connection, changes, {
        scripts,
        clock: this.#clock,
        signal,
        onProgress,
        onWrote: (counts) => this.#doubts.wrote(counts),
      })
      if (outcome === 'standby') this.#refused(scripts)
      else if (all && outcome === 'written') this.#doubts.settled(raised, true, this.#clock.now())
      return { outcome, done: { added, removed } }
    } finally {
      this.#writing--
    }
  }

  /** Ends a write that goes on for too long after the signal. */
  async #cut(writing: Promise<unknown>, signal: AbortSignal | undefined): Promise<Written> {
    const done = new AbortController()
    const onAbort = () => void this.#clock.sleep(finishWithinMs, done.signal).then(end, () => undefined)
    let end: () => void = () => {}
    const cut = new Promise<Written>((resolve) => {
      end = () => resolve(nothing('interrupted'))
    })
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    const settle = () => {
      signal?.removeEventListener('abort', onAbort)
      done.abort()
    }
    writing.then(settle, settle)
    return await cut
  }

  /** The server says that the lease is not ours: whatever was to be written may be owed, should it be ours again. */
  #refused(scripts: Scripts): void {
    // A term that is over says nothing of the one that has begun since.
    if (scripts === this.#scripts) this.#lease.lose()
    this.#doubts.raise('unsure')
    this.#link.beatNow()
  }

  async #attempt<T>(
    code: OutputErrorCode,
    what: string,
    step: (connection: RedisConnection) => Promise<T>,
  ): Promise<T> {
    let connection: RedisConnection | null = null
    try {
      connection = await this.#link.connection()
      return await step(connection)
    } catch (error) {
      if (connection !== null) this.#failed(connection, error)
      const why = messageOf(error)
      // Without its cause, which may hold keys, and the password.
      throw new OutputError(code, `Cannot ${what} "${this.name}": ${why}${adviceFor(why)}`)
    }
  }

  /** A server that answers can be asked again; but one that has become a replica has a successor. */
  #failed(connection: RedisConnection, error: unknown): void {
    const wellAnswered = error instanceof RedisError && error.answered && !error.message.startsWith('READONLY')
    if (!wellAnswered) this.#link.drop(connection, error instanceof Error ? error : new Error(messageOf(error)))
  }
}

function nothing(outcome: Written['outcome']): Written {
  return { outcome, done: { added: 0, removed: 0 } }
}

/** The lines that the keys say, and how many say something else. */
function linesOf(found: ReadonlyMap<Token, string | null>): { lines: SortedLines; refused: number } {
  const lines: string[] = []
  let refused = 0
  for (const [token, value] of found) {
    const line = value === null ? null : lineOfRedisValue(token, value)
    if (line !== null) lines.push(line)
    else if (value !== null) refused++
  }
  return { lines: new SortedLines(lines), refused }
}
