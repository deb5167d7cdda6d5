import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Outcome } from './tally.ts'

/** Runs a program with its output on ours, and gives its exit code; one that a signal ended has 128 and more. */
export async function show(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  })
  return child.exited
}

/** Runs a program that is one check: its exit code decides. */
export async function oneCheck(command: readonly string[]): Promise<Outcome> {
  const passed = (await show(command)) === 0
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }
}

/** Runs a program that only prepares: a failure when it fails, and nothing when it does not. */
export async function preparation(command: readonly string[]): Promise<Outcome> {
  return { ...(await oneCheck(command)), passed: 0 }
}

/**
 * Lets children that run `bun` find the one that runs this, for as long as it is not disposed: started by npx it may
 * be on no PATH, or another one first.
 */
export function bunOnPath(): Disposable {
  const before = process.env['PATH'] ?? ''
  const found = Bun.which('bun', { PATH: before })
  if (found !== null && realpathSync(found) === realpathSync(process.execPath)) return { [Symbol.dispose]() {} }
  const folder = mkdtempSync(join(tmpdir(), 'novnc-tokens-bun-'))
  symlinkSync(process.execPath, join(folder, 'bun'))
  process.env['PATH'] = `${folder}${delimiter}${before}`
  return {
    [Symbol.dispose]() {
      process.env['PATH'] = before
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
