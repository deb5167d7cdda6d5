/**
 * Loaded before every test run (`bun test --preload ./tests/support/preload.ts`): what a test must not do, and must
 * not leave behind, fails the run.
 */
import { afterAll } from 'bun:test'
import { rmSync } from 'node:fs'
import { leftFolders, runMarker, survivors } from './leaks.ts'
import { waitFor } from './wait.ts'

const exits = guardExit()
process.env[runMarker] = String(process.pid)

afterAll(async () => {
  // A process that was just told to end needs a moment.
  await waitFor('the processes of the tests to end', () => survivors().length === 0, { withinMs: 2000 }).catch(() => {})
  const processes = survivors()
  const folders = leftFolders()
  for (const { pid } of processes) end(pid)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  const findings = [
    ...exits.map((place) => `A test called process.exit ${place}`),
    ...processes.map(({ pid, command }) => `A test left process ${pid} running: ${command}`),
    ...folders.map((folder) => `A test left its folder behind: ${folder}`),
  ]
  if (findings.length > 0) throw new Error(findings.join('\n'))
})

/** `process.exit(0)` in a test would end the whole run with status 0, its later tests never run. */
function guardExit(): readonly string[] {
  const places: string[] = []
  process.exit = (code) => {
    const error = new Error(`process.exit(${code ?? ''}) called in a test`)
    places.push(error.stack?.split('\n')[2]?.trim() ?? '')
    throw error
  }
  return places
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
