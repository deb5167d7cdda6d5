import type { Clock } from '@novnc-tokens/api'
import { isToken, type Token } from '../../token/token.ts'
import type { Contents } from '../carried.ts'
import { Slices } from '../slices.ts'
import type { RedisConnection } from './connection.ts'
import { isRedisValue, type RedisKeys } from './keys.ts'
import { type Answer, type Change, type Counts, readNote, readRenew, readWrite, type Scripts } from './scripts.ts'

/** Tokens in one call: some milliseconds of the server's time, in which it serves nobody else. */
const chunkSize = 500
/** Calls under way at once: enough to hide the way there and back. */
const window = 4

/** Splits values into pieces of at most `size`. */
export function* chunksOf<T>(values: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = []
  for (const value of values) {
    if (chunk.push(value) < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** Reads which tokens are ours, and the values of their keys; null for those that are gone or hold something else. */
export async function readTokens(
  connection: RedisConnection,
  keys: RedisKeys,
): Promise<ReadonlyMap<Token, string | null>> {
  const found = new Map<Token, string | null>()
  const reading = new Set<Promise<void>>()
  const read = async (tokens: readonly Token[]) => {
    const values = await connection.call('mget', tokens.map(keys.of))
    if (!Array.isArray(values)) return
    for (const [index, token] of tokens.entries()) {
      const value: unknown = values[index]
      found.set(token, typeof value === 'string' ? value : null)
    }
  }
  for await (const tokens of pagesOf(connection, keys)) {
    if (reading.size >= window) await Promise.race(reading)
    const each = read(tokens).finally(() => reading.delete(each))
    // Whoever waits for it gets its failure.
    each.catch(() => undefined)
    reading.add(each)
  }
  await Promise.all(reading)
  return found
}

/** Pages through the set of our tokens; what else somebody put into it is not ours. */
export async function* pagesOf(connection: RedisConnection, keys: RedisKeys): AsyncGenerator<readonly Token[]> {
  let cursor = '0'
  do {
    const answer = await connection.call('sscan', [keys.tokens, cursor, 'count', 2 * chunkSize])
    const [next, members]: readonly unknown[] = Array.isArray(answer) ? answer : []
    cursor = typeof next === 'string' ? next : '0'
    const tokens = (Array.isArray(members) ? members : []).filter(
      (each): each is Token => typeof each === 'string' && isToken(each),
    )
    if (tokens.length > 0) yield tokens
  } while (cursor !== '0')
}

/** In what the keys differ from all that is wanted. */
export async function differences(found: ReadonlyMap<Token, string | null>, wanted: Contents): Promise<Contents> {
  const differing = new Map<Token, string | null>()
  const entries = wanted.entries()
  const slices = new Slices()
  let known = 0
  let compared = 0
  for (;;) {
    const slice = compareSlice(entries, found, differing, slices)
    known += slice.known
    compared += slice.compared
    if (compared === wanted.size) break
    await slices.next()
  }
  // Nearly always all that there is is known.
  if (known < found.size) for (const token of found.keys()) if (!wanted.has(token)) differing.set(token, null)
  return differing
}

/** Compares until the slice is over: not where it is waited for the next one, since such code runs half as fast. */
function compareSlice(
  entries: Iterable<readonly [Token, string | null]>,
  found: ReadonlyMap<Token, string | null>,
  differing: Map<Token, string | null>,
  slices: Slices,
): { readonly known: number; readonly compared: number } {
  let known = 0
  let compared = 0
  for (const [token, hostPort] of entries) {
    const value = found.get(token)
    if (value !== undefined) known++
    if (value === undefined ? hostPort !== null : !isRight(value, hostPort)) differing.set(token, hostPort)
    compared++
    if (slices.over) break
  }
  return { known, compared }
}

function isRight(value: string | null, hostPort: string | null): boolean {
  return value !== null && hostPort !== null && isRedisValue(value, hostPort)
}

/** What a write of many goes along with. */
export interface WriteManyOptions {
  readonly scripts: Scripts
  readonly clock: Pick<Clock, 'wall'>
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Called with what the keys count after each piece. */
  readonly onWrote: (counts: Counts) => void
}

/** What became of a write of many. */
export interface WroteMany {
  readonly outcome: 'written' | 'interrupted' | 'standby'
  readonly added: number
  readonly removed: number
}

/** Writes changes in pieces, each of them as a whole or, without the lease, not at all; until the signal. */
export async function writeTokens(
  connection: RedisConnection,
  changes: Contents,
  { scripts, clock, signal, onProgress, onWrote }: WriteManyOptions,
): Promise<WroteMany> {
  let added = 0
  let removed = 0
  let done = 0
  let outcome: WroteMany['outcome'] = 'written'
  const writing = new Set<Promise<void>>()
  const write = async (chunk: readonly Change[]) => {
    const answer: Answer<{ readonly removed: number }> = readWrite(
      await connection.call('eval', scripts.write(chunk, Math.round(clock.wall()))),
    )
    if (answer === null) outcome = 'standby'
    else {
      onWrote(answer)
      added += chunk.filter(([, hostPort]) => hostPort !== null).length
      removed += answer.removed
    }
    done += chunk.length
  }
  const slices = new Slices()
  for (const chunk of chunksOf(changes, chunkSize)) {
    if (writing.size >= window) await Promise.race(writing)
    if (slices.over) await slices.next()
    onProgress?.(done, changes.size)
    if (signal?.aborted && outcome === 'written') outcome = 'interrupted'
    if (outcome !== 'written') break
    const each = write(chunk).finally(() => writing.delete(each))
    each.catch(() => undefined)
    writing.add(each)
  }
  await Promise.all(writing)
  return { outcome, added, removed }
}

/** Has the keys of all our tokens live on; returns how many of them are gone, or null without the lease. */
export async function renewTokens(
  connection: RedisConnection,
  keys: RedisKeys,
  scripts: Scripts,
): Promise<number | null> {
  // Until none expires any more, it is to be known that some may.
  const note = async () => readNote(await connection.call('eval', scripts.noteTtl())) !== null
  if (scripts.expiring && !(await note())) return null
  let gone = 0
  for await (const page of pagesOf(connection, keys)) {
    for (const tokens of chunksOf(page, chunkSize)) {
      const answer = readRenew(await connection.call('eval', scripts.renew(tokens)))
      if (answer === null) return null
      gone += answer
    }
  }
  return scripts.expiring || (await note()) ? gone : null
}
