import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that goes away with its scope. */
export interface TempFolder extends AsyncDisposable {
  /** Absolute path of the folder. */
  readonly path: string
  /** Absolute path of something in the folder. */
  file(...names: string[]): string
  /** Writes a file in the folder, with the folders above it, and gives its absolute path. */
  write(name: string, content: string): Promise<string>
}

/** How the names of this process's temporary folders begin: the leak check looks for what was left behind. */
export function tempPrefix(pid: number = process.pid): string {
  return `novnc-tokens-test-${pid}-`
}

/**
 * Makes a temporary folder.
 *
 * @example await using folder = tempFolder()
 */
export function tempFolder(): TempFolder {
  const path = mkdtempSync(join(tmpdir(), tempPrefix()))
  return {
    path,
    file: (...names) => join(path, ...names),
    async write(name, content) {
      const target = join(path, name)
      await Bun.write(target, content)
      return target
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
    },
  }
}
