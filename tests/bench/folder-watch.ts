import { existsSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'

/** Tells when files of a folder are replaced, without asking again and again. */
export interface FolderWatch extends Disposable {
  /**
   * Resolves with the time (`performance.now()`) at which a file was seen to be replaced by one that fits.
   *
   * @param fits looks at the new content; the time is that of the notice, before it was read
   */
  replaced(name: string, fits: (content: Buffer) => boolean): Promise<number>
  /** The same for a file that is removed. */
  removed(name: string): Promise<number>
}

const withinMs = 10_000

interface Waiting {
  readonly fits: () => boolean
  readonly resolve: (at: number) => void
}

/** Watches a folder. */
export function watchFolder(path: string, signal: AbortSignal): FolderWatch {
  const waiting = new Map<string, Waiting>()
  const watcher = watch(path, (_, name) => {
    const at = performance.now()
    const each = name === null ? undefined : waiting.get(name)
    if (name === null || !each?.fits()) return
    waiting.delete(name)
    each.resolve(at)
  })
  const seen = async (name: string, fits: Waiting['fits']): Promise<number> => {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    waiting.set(name, { fits, resolve })
    const fail = () => reject(signal.reason)
    const late = setTimeout(() => reject(new Error(`${name} did not change as it should`)), withinMs)
    signal.addEventListener('abort', fail, { once: true })
    try {
      return await promise
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', fail)
      waiting.delete(name)
    }
  }
  return {
    replaced: (name, fits) => seen(name, () => fits(readFileSync(join(path, name)))),
    removed: (name) => seen(name, () => !existsSync(join(path, name))),
    [Symbol.dispose]: () => watcher.close(),
  }
}
