import { statSync } from 'node:fs'
import { errorCode } from '../settings/files.ts'

/** A file system watch misses what happens behind links, as secrets of containers are replaced; looking never does. */
const lookEveryMs = 5000

/** A watch of files. */
export interface FileWatch extends Disposable {
  /** The files were read just now: what changed before is known. */
  read(): void
  /** From now on watches other files, where they differ. */
  follow(paths: readonly string[]): void
}

/** Calls `onChange` when one of the files has changed, until disposed. */
export function watchFiles(files: readonly string[], onChange: () => void, everyMs = lookEveryMs): FileWatch {
  let paths = files
  let before = stamps(paths)
  const timer = setInterval(() => {
    const now = stamps(paths)
    if (now === before) return
    before = now
    onChange()
  }, everyMs)
  return {
    read: () => {
      before = stamps(paths)
    },
    follow: (others) => {
      if (others.join('\n') === paths.join('\n')) return
      paths = others
      before = stamps(paths)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

function stamps(paths: readonly string[]): string {
  return paths.map(stampOf).join(' ')
}

function stampOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path)
    return `${ino}/${size}/${mtimeMs}`
  } catch (error) {
    // Missing for a moment or for good: that it is so is what is compared; who reads it tells what is wrong.
    return errorCode(error) ?? 'missing'
  }
}
