import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parentOf } from './leaks.ts'
import { type Finished, run } from './process.ts'
import { tempFolder } from './temp.ts'
import { waitFor } from './wait.ts'

/** Runs one test file of this body in a test runner of its own, with the preload that all tests have. */
async function runner(body: string): Promise<Finished> {
  await using folder = tempFolder()
  await folder.write(
    'a.test.ts',
    `import { expect, test } from 'bun:test'
     import { tempFolder } from '${join(import.meta.dir, 'temp.ts')}'
     ${body}
     test('the last one runs', () => { console.log('LAST') })`,
  )
  const preload = `--preload=${join(import.meta.dir, 'preload.ts')}`
  return await run([process.execPath, 'test', preload, './a.test.ts'], { cwd: folder.path })
}

test('a clean run passes', async () => {
  const { code, stderr } = await runner("test('a', async () => { await using folder = tempFolder() })")
  expect(stderr).toContain(' 2 pass')
  expect(code).toBe(0)
})

test('process.exit in a test does not end the run but fails it, even where the test catches it', async () => {
  const { code, stdout, stderr } = await runner("test('a', () => { try { process.exit(0) } catch {} })")
  expect(stdout).toContain('LAST')
  expect(stderr).toContain('A test called process.exit at')
  expect(code).toBe(1)
})

test('a folder that is left behind fails the run, and is removed', async () => {
  const { code, stdout, stderr } = await runner("test('a', () => { console.log('LEFT ' + tempFolder().path) })")
  const path = /LEFT (.+)/.exec(stdout)?.[1] ?? ''
  expect(stderr).toContain(`A test left its folder behind: ${path}`)
  expect(code).toBe(1)
  expect(existsSync(path)).toBe(false)
})

test('a process that is left behind fails the run and is ended, also when its own parent is gone', async () => {
  const { code, stderr } = await runner(
    `import { run } from '${join(import.meta.dir, 'process.ts')}'
     test('a', async () => { await run(['sh', '-c', 'sleep 61 >/dev/null 2>&1 &']) })`,
  )
  const pid = Number(/A test left process (\d+) running: sleep 61/.exec(stderr)?.[1])
  expect(pid).toBeGreaterThan(0)
  expect(code).toBe(1)
  await waitFor('it to end', () => parentOf(pid) === null)
}, 15_000)
