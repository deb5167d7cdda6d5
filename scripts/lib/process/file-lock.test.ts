import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LockResult, lockFile, lockPathOf } from './file-lock.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function locked(result: LockResult): Disposable {
  if (result.kind !== 'locked') throw new Error(`The lock is ${result.kind}`)
  return result.lock
}

test('a lock holds until it is disposed, and its file names the process', () => {
  const path = join(folder, 'tokens')
  const lock = locked(lockFile(path))
  expect(readFileSync(join(folder, '.tokens.lock'), 'utf8')).toBe(`${process.pid}\n`)
  const second = lockFile(path)
  expect(second).toMatchObject({ kind: 'held', pid: process.pid, failure: { exitCode: 5 } })
  expect(second.kind === 'held' && second.failure.message).toBe(
    `"${path}" is kept by process ${process.pid}, which holds "${join(folder, '.tokens.lock')}"`,
  )
  lock[Symbol.dispose]()
  lock[Symbol.dispose]()
  using _ = locked(lockFile(path))
})

test('two names of one file have one lock, and other files have their own', () => {
  mkdirSync(join(folder, 'real'))
  writeFileSync(join(folder, 'real', 'tokens'), '')
  symlinkSync(join(folder, 'real', 'tokens'), join(folder, 'link'))
  symlinkSync(join(folder, 'real'), join(folder, 'folder'))
  using _ = locked(lockFile(join(folder, 'link')))
  expect(lockFile(join(folder, 'folder', 'tokens')).kind).toBe('held')
  expect(lockPathOf(join(folder, 'folder', 'new'))).toBe(join(folder, 'real', '.new.lock'))
  using __ = locked(lockFile(join(folder, 'real', 'other')))
})

test('a missing folder and a lock file that is none are told apart from a held lock', () => {
  const missing = lockFile(join(folder, 'missing', 'tokens'))
  const why = `cannot open the lock file "${join(folder, 'missing', '.tokens.lock')}": there is no such file or folder`
  expect(missing).toEqual({ kind: 'unavailable', why })
  mkdirSync(join(folder, '.tokens.lock'))
  expect(lockFile(join(folder, 'tokens')).kind).toBe('unavailable')
  symlinkSync('/dev/null', join(folder, '.other.lock'))
  expect(lockFile(join(folder, 'other')).kind).toBe('unavailable')
})

test('a child that lives on does not keep the lock', async () => {
  const path = join(folder, 'tokens')
  const lock = locked(lockFile(path))
  const child = Bun.spawn(['cat'], { stdin: 'pipe', stdout: 'ignore' })
  try {
    lock[Symbol.dispose]()
    // Between its fork and its exec a child has all that its parent has open.
    const deadline = performance.now() + 5000
    let again = lockFile(path)
    while (again.kind === 'held' && performance.now() < deadline) {
      await Bun.sleep(1)
      again = lockFile(path)
    }
    using _ = locked(again)
  } finally {
    child.stdin.end()
    await child.exited
  }
})

test('the kernel gives back the lock of a process that is killed', async () => {
  const path = join(folder, 'tokens')
  const program = `import { lockFile } from ${JSON.stringify(join(import.meta.dir, 'file-lock.ts'))}
    console.log(lockFile(${JSON.stringify(path)}).kind)
    setInterval(() => {}, 1000)`
  const holder = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'inherit' })
  try {
    const reader = holder.stdout.getReader()
    const { value } = await reader.read()
    expect(Buffer.from(value ?? new Uint8Array()).toString()).toBe('locked\n')
    expect(lockFile(path)).toMatchObject({ kind: 'held', pid: holder.pid })
  } finally {
    holder.kill('SIGKILL')
    await holder.exited
  }
  using _ = locked(lockFile(path))
})
