import { RedisClient } from 'bun'

/** What makes a Redis tell of keys that are set and deleted. */
export const notifyFlags = ['--notify-keyspace-events', 'Eg$'] as const

/** Tells when a key is set or deleted, without asking again and again. */
export interface KeyWatch extends Disposable {
  /** Resolves with the time (`performance.now()`) of the notice that Redis did this to the key. */
  seen(did: 'set' | 'del', key: string): Promise<number>
}

const withinMs = 10_000

/** Watches the keys of a database of a Redis that was started with {@link notifyFlags}. */
export async function watchKeys(port: number, database: number, signal: AbortSignal): Promise<KeyWatch> {
  const client = new RedisClient(`redis://127.0.0.1:${port}/0`)
  await client.connect()
  const waiting = new Map<string, (at: number) => void>()
  for (const did of ['set', 'del']) {
    await client.subscribe(`__keyevent@${database}__:${did}`, (key) =>
      waiting.get(`${did} ${key}`)?.(performance.now()),
    )
  }
  return {
    async seen(did, key) {
      signal.throwIfAborted()
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const what = `${did} ${key}`
      waiting.set(what, resolve)
      const fail = () => reject(signal.reason)
      const late = setTimeout(() => reject(new Error(`Redis did not "${what}"`)), withinMs)
      signal.addEventListener('abort', fail, { once: true })
      try {
        return await promise
      } finally {
        clearTimeout(late)
        signal.removeEventListener('abort', fail)
        waiting.delete(what)
      }
    },
    [Symbol.dispose]: () => client.close(),
  }
}
