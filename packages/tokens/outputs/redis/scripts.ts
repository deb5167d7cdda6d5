import type { Token } from '../../token/token.ts'
import { type RedisKeys, redisValue } from './keys.ts'

/** How many seconds keys live, or for ever. */
type Ttl = number | null

/** Arguments of EVAL. */
export type ScriptCall = readonly (string | number)[]

/** Keys of the database, but for the one that comes and goes. */
const dbsize = "redis.call('dbsize') - redis.call('exists', KEYS[4])"

/** Ends those that ask for the lease: tells who wrote before. */
const telling = `
local writer = redis.call('hget', KEYS[3], 'writer')
if writer ~= ARGV[3] then redis.call('hset', KEYS[3], 'writer', ARGV[3]) end
local ttl = redis.call('hget', KEYS[3], 'ttl')
return {1, redis.call('scard', KEYS[2]), ${dbsize}, writer or '', ttl or '', redis.call('hget', KEYS[3], 'version') or '0'}
`

/**
 * How long it holds that a process that stands by sees the platform: it says so anew while it asks for the lease, and the
 * leader looks when it renews that.
 */
export const ableMs = 2500

/**
 * Takes the lease for a new term, where it is free or of an earlier term of the same process; who is blind leaves it to
 * those that see, and these say that they do where they are refused.
 */
export const leaseScript = `
local holder, refusal = redis.call('get', KEYS[1]), {0, redis.call('hget', KEYS[3], 'version') or '0'}
if ARGV[5] == 'blind' and redis.call('exists', KEYS[4]) == 1 then return refusal end
if holder and holder ~= ARGV[1] then
  local id, term = string.match(holder, '^(.*)/(%d+)$')
  if id ~= ARGV[3] or tonumber(term) > tonumber(ARGV[4]) then
    if ARGV[5] == 'sees' then redis.call('set', KEYS[4], ARGV[3], 'px', ARGV[6], 'nx') end
    return refusal
  end
end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
${telling}`

/** Begins each that writes: who does not hold the lease writes nothing, whatever it believes. */
const holding = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return {0} end
redis.call('pexpire', KEYS[1], ARGV[2])
`

/** Renews the lease of a term that goes on; who is blind gives it to one that sees, which has time to take it. */
export const renewLeaseScript = `${holding}
if ARGV[4] == 'blind' and redis.call('exists', KEYS[4]) == 1 then
  redis.call('del', KEYS[1])
  redis.call('pexpire', KEYS[4], ARGV[5])
  return {2}
end
${telling}`

/** Sets the keys of some tokens, then removes those of others, as far as they are ours. */
export const writeScript = `${holding}
redis.call('hset', KEYS[3], 'at', ARGV[3])
redis.call('hincrby', KEYS[3], 'version', 1)
local ttl, puts, first = tonumber(ARGV[4]), tonumber(ARGV[5]), 5 + tonumber(ARGV[5])
if ttl > 0 then redis.call('hset', KEYS[3], 'ttl', ARGV[4]) end
for i = 1, puts do
  if ttl > 0 then redis.call('set', KEYS[4 + i], ARGV[5 + i], 'ex', ttl)
  else redis.call('set', KEYS[4 + i], ARGV[5 + i]) end
end
if puts > 0 then redis.call('sadd', KEYS[2], unpack(ARGV, first + 1, first + puts)) end
local removed = 0
for i = puts + 1, #KEYS - 4 do
  if redis.call('srem', KEYS[2], ARGV[first + i]) == 1 then
    redis.call('del', KEYS[4 + i])
    removed = removed + 1
  end
end
return {1, redis.call('scard', KEYS[2]), ${dbsize}, removed}
`

/** Has the keys of some tokens live on; tells how many of them are gone. */
export const renewScript = `${holding}
local ttl, gone = tonumber(ARGV[3]), 0
for i = 5, #KEYS do
  if ttl > 0 then
    if redis.call('expire', KEYS[i], ttl) == 0 and redis.call('sismember', KEYS[2], ARGV[i - 1]) == 1 then gone = gone + 1 end
  else redis.call('persist', KEYS[i]) end
end
return {1, gone}
`

/** Notes how long keys live, or when they were right. */
export const noteScript = `${holding}
redis.call('hset', KEYS[3], ARGV[3], ARGV[4])
return {1, redis.call('scard', KEYS[2]), ${dbsize}}
`

/** Gives the lease back. */
export const releaseScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])
`

/** A change of one token: its `HOST:PORT`, or null to remove it. */
export type Change = readonly [token: Token, hostPort: string | null]

/**
 * Makes the calls of one process in one term. All that write do nothing unless it holds the lease in that very term, and
 * renew it: what an earlier term sent, and a network brings late, is refused like what another process sends.
 */
export class Scripts {
  readonly #keys: RedisKeys
  readonly #id: string
  readonly #leaseMs: number
  readonly #ttl: number
  readonly #term: number

  /** @param id what tells this process from any other */
  constructor(keys: RedisKeys, id: string, leaseMs: number, ttlSeconds: Ttl, term = 0) {
    this.#keys = keys
    this.#id = id
    this.#leaseMs = leaseMs
    this.#ttl = ttlSeconds ?? 0
    this.#term = term
  }

  /** The calls of the next term. */
  next(): Scripts {
    return new Scripts(this.#keys, this.#id, this.#leaseMs, this.#ttl, this.#term + 1)
  }

  /** Takes the lease for this term. @param sees whether this process sees the platform; null where that is unclear */
  lease(sees: boolean | null): ScriptCall {
    return this.#call(leaseScript, [], [this.#id, this.#term, wordOf(sees), ableMs])
  }

  /** Renews the lease of this term, where it is still held. @param sees as for the lease */
  renewLease(sees: boolean | null): ScriptCall {
    return this.#call(renewLeaseScript, [], [this.#id, wordOf(sees), ableMs])
  }

  /** Writes some tokens, all of them or none. @param wall milliseconds since 1970 */
  write(changes: readonly Change[], wall: number): ScriptCall {
    const puts = changes.filter(([, hostPort]) => hostPort !== null)
    const ordered = [...puts, ...changes.filter(([, hostPort]) => hostPort === null)]
    const tokens = ordered.map(([token]) => token)
    const values = puts.map(([, hostPort]) => redisValue(hostPort ?? ''))
    return this.#call(writeScript, tokens, [wall, this.#ttl, puts.length, ...values, ...tokens])
  }

  /** Has the keys of some tokens live on. */
  renew(tokens: readonly Token[]): ScriptCall {
    return this.#call(renewScript, tokens, [this.#ttl, ...tokens])
  }

  /** Whether keys expire. */
  get expiring(): boolean {
    return this.#ttl > 0
  }

  /** Notes how long the keys of tokens live. */
  noteTtl(): ScriptCall {
    return this.#call(noteScript, [], ['ttl', this.#ttl])
  }

  /** Notes that all is right. @param wall milliseconds since 1970 */
  noteTime(wall: number): ScriptCall {
    return this.#call(noteScript, [], ['at', wall])
  }

  /** Leaves word for a later process. */
  noteWord(word: string): ScriptCall {
    return this.#call(noteScript, [], ['word', word])
  }

  /** Gives the lease back, if it is ours. */
  release(): ScriptCall {
    return [releaseScript, 1, this.#keys.lease, this.#holder]
  }

  /** What the lease says while it is held in this term. */
  get #holder(): string {
    return `${this.#id}/${this.#term}`
  }

  #call(script: string, tokens: readonly Token[], args: readonly (string | number)[]): ScriptCall {
    const { lease, tokens: set, state, able, of } = this.#keys
    return [script, 4 + tokens.length, lease, set, state, able, ...tokens.map(of), this.#holder, this.#leaseMs, ...args]
  }
}

function wordOf(sees: boolean | null): string {
  return sees === null ? '' : sees ? 'sees' : 'blind'
}

/** How many tokens are ours, and how many keys the database has in all. */
export interface Counts {
  readonly tokens: number
  readonly keys: number
}

/** What a call answers; null where this process does not hold the lease, and nothing was done. */
export type Answer<T> = (Counts & T) | null

/** Reads the answer to {@link Scripts.lease} and {@link Scripts.renewLease}. */
export function readLease(answer: unknown): Answer<{ readonly writer: string; readonly ttl: string }> {
  const fields = fieldsOf(answer)
  return fields && { ...countsOf(fields), writer: String(fields[3]), ttl: String(fields[4]) }
}

/** Reads how often tokens were written from the answer to {@link Scripts.lease}, refused or not; null where it tells nothing. */
export function readVersion(answer: unknown): number | null {
  return Array.isArray(answer) && answer.length > 1 ? Number(answer.at(-1)) : null
}

/** Reads from the answer to {@link Scripts.renewLease} whether the lease was given to a process that sees. */
export function readYielded(answer: unknown): boolean {
  return Array.isArray(answer) && answer[0] === 2
}

/** Reads the answer to {@link Scripts.write}. */
export function readWrite(answer: unknown): Answer<{ readonly removed: number }> {
  const fields = fieldsOf(answer)
  return fields && { ...countsOf(fields), removed: Number(fields[3]) }
}

/** Reads the answer to a note. */
export function readNote(answer: unknown): Answer<unknown> {
  const fields = fieldsOf(answer)
  return fields && countsOf(fields)
}

/** Reads the answer to {@link Scripts.renew}: how many keys are gone, or null without the lease. */
export function readRenew(answer: unknown): number | null {
  const fields = fieldsOf(answer)
  return fields && Number(fields[1])
}

function fieldsOf(answer: unknown): readonly unknown[] | null {
  return Array.isArray(answer) && answer[0] === 1 ? answer : null
}

function countsOf(fields: readonly unknown[]): Counts {
  return { tokens: Number(fields[1]), keys: Number(fields[2]) }
}
