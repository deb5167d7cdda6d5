import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './process.ts'

const root = join(import.meta.dir, '../..')

let found: Promise<string> | undefined

/**
 * Path of the built binary, which is built here when a source is newer than it: a test that is run alone never tests
 * an old one. Looked for once in a process, since tests that run at the same time must not build it under each other.
 *
 * @throws Error with the output of the build when that fails
 */
export function binary(): Promise<string> {
  found ??= find()
  return found
}

async function find(): Promise<string> {
  const path = join(root, 'dist/novnc-tokens')
  if (await isUpToDate(path)) return path
  const build = await run([process.execPath, 'scripts/build.ts'], { cwd: root, withinMs: 120_000 })
  if (build.code !== 0 || !existsSync(path)) throw new Error(`Cannot build the binary:\n${build.stdout}${build.stderr}`)
  return path
}

async function isUpToDate(path: string): Promise<boolean> {
  if (!existsSync(path)) return false
  const built = (await stat(path)).mtimeMs
  for (const source of await sources()) {
    if ((await stat(join(root, source))).mtimeMs > built) return false
  }
  return true
}

async function sources(): Promise<string[]> {
  const code = await Array.fromAsync(new Bun.Glob('{packages,scripts}/**/*.ts').scan({ cwd: root }))
  const shipped = code.filter((path) => !/node_modules\/|^scripts\/(check|test)\b|\.test\.ts$/.test(path))
  return [...shipped, 'package.json', 'bun.lock']
}
