import { mkdir } from 'node:fs/promises'
import { type Daemon, startDaemon } from '../../support/daemon.ts'
import { freePort } from '../../support/ports.ts'
import { type Redis, startRedis } from '../../support/redis.ts'
import { waitFor } from '../../support/wait.ts'
import type { BenchContext } from '../bench.ts'
import { settled } from '../daemon-site.ts'
import type { Platform } from '../platform.ts'

/** A kind of output that a daemon keeps. */
export type Kind = 'file' | 'dir' | 'redis' | 'lookup'

/** What a site is like. */
export interface OutputsSiteOptions {
  readonly kinds: readonly Kind[]
  /** Tells its files from those of other sites of the bench. */
  readonly name: string
  /** More of what redis-server takes. */
  readonly redisFlags?: readonly string[]
}

/** A daemon on a platform, with everything written. */
export interface OutputsSite extends AsyncDisposable {
  readonly daemon: Daemon
  /** Path of the token file, if it is one of the kinds. */
  readonly file: string
  /** Path of the folder of tokens, if it is one of the kinds. */
  readonly tokens: string
  readonly lookupPort: number
  /** Fails where Redis is none of the kinds. */
  readonly redis: () => Redis
}

/** So many VMs have 100,000 tokens, as the mock gives some of them none. */
export const vmsOf100k = 102_100
/** A folder is filled at the pace of the disk. */
const settledWithinMs = 400_000

/** Starts a daemon on a platform, and waits until its outputs are right and it has nothing left to do. */
export async function startOutputsSite(
  { folder, say, signal }: BenchContext,
  platform: Platform,
  { kinds, name, redisFlags = [] }: OutputsSiteOptions,
): Promise<OutputsSite> {
  say(`a daemon with ${kinds.join(', ')}`)
  await using stack = new AsyncDisposableStack()
  const has = (kind: Kind) => kinds.includes(kind)
  const redis = has('redis') ? stack.use(await startRedis({ flags: redisFlags })) : null
  const file = folder.file(`${name}.vnc`)
  const tokens = folder.file(`${name}-tokens`)
  if (has('dir')) await mkdir(tokens)
  const lookupPort = await freePort()
  // No periodic list comes in between.
  const flags = ['--log-level', 'warn', '--resync', '24h']
  if (has('dir')) flags.push('-o', `dir:${tokens}`)
  if (redis !== null) flags.push('-o', redis.url)
  if (has('lookup')) flags.push('--lookup', `127.0.0.1:${lookupPort}`)
  const passwordFile = folder.file(`${name}-password`)
  const daemon = stack.use(await startDaemon({ api: platform, file: has('file') ? file : null, passwordFile, flags }))
  const stop = () => {
    void daemon.child.stop()
    void redis?.child.stop()
  }
  signal.addEventListener('abort', stop, { once: true })
  stack.defer(() => signal.removeEventListener('abort', stop))
  await waitFor('the outputs', () => settled(daemon, platform), {
    withinMs: settledWithinMs,
    everyMs: 100,
    unless: () => daemon.child.ended() && `the daemon ended: ${daemon.child.stderr()}`,
  })
  const owned = stack.move()
  return {
    daemon,
    file,
    tokens,
    lookupPort,
    redis() {
      if (redis === null) throw new Error('This site has no Redis')
      return redis
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
