import { expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StdoutClosed, type WriteBytes, writeAside, writeStderr, writeStdout } from './standard-streams.ts'

function failing(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** Takes three bytes at a time and is busy before each. */
function slow(taken: string[]): WriteBytes {
  let busy = true
  return (fd, bytes) => {
    busy = !busy
    if (!busy) throw failing('EAGAIN')
    const part = bytes.subarray(0, 3)
    taken.push(`${fd}:${Buffer.from(part).toString()}`)
    return part.length
  }
}

test('a slow reader of stdout gets all of the text', async () => {
  const taken: string[] = []
  await writeStdout('abcdefgh', slow(taken))
  expect(taken).toEqual(['1:abc', '1:def', '1:gh'])
})

test('a slow reader of stderr gets all of the text', () => {
  const taken: string[] = []
  writeStderr('abcd', slow(taken))
  expect(taken).toEqual(['2:abc', '2:d'])
})

test('a reader of stdout that is gone is told apart from other errors', async () => {
  const gone = writeStdout('x', () => {
    throw failing('EPIPE')
  })
  await expect(gone).rejects.toBeInstanceOf(StdoutClosed)
  const full = writeStdout('x', () => {
    throw failing('ENOSPC')
  })
  await expect(full).rejects.toMatchObject({ message: 'Cannot write to stdout: no space is left', exitCode: 5 })
})

test.each(['EPIPE', 'EAGAIN', 'EBADF', 'EIO'])('stderr that always answers %s is given up on', (code) => {
  let tries = 0
  writeStderr('x', () => {
    tries += 1
    throw failing(code)
  })
  expect(tries).toBeLessThan(30)
})

test('what is written by another thread is written, and its errors keep their codes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'standard-streams-'))
  const path = join(folder, 'text')
  const fd = openSync(path, 'w')
  try {
    await writeStdout('abc', (_, bytes) => writeAside(fd, bytes))
    await writeStdout('def', (_, bytes) => writeAside(fd, bytes))
    const text = readFileSync(path, 'utf8')
    const unwritable = openSync(path, 'r')
    const error = await writeAside(unwritable, Buffer.from('x')).catch((each: unknown) => each)
    closeSync(unwritable)
    expect({ text, error }).toMatchObject({ text: 'abcdef', error: { code: 'EBADF' } })
  } finally {
    closeSync(fd)
    rmSync(folder, { recursive: true })
  }
})
