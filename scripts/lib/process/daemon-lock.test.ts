import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../log/log.ts'
import { lockOutputs } from './daemon-lock.ts'

let folder = ''
let log: string[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'novnc-tokens-lock-'))
  log = []
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function lock(...names: string[]): Disposable {
  const write = (line: string) => void log.push(line)
  const logger = createLogger({ format: 'text', level: 'info', secrets: () => [], write, journal: true })
  return lockOutputs(
    names.map((name) => join(folder, name)),
    { logger, onHeld: () => {} },
  )
}

test('a file that another daemon keeps is refused, and what was locked before it is given back', () => {
  using _ = lock('b')
  expect(() => lock('a', 'b')).toThrow(/is kept by process/)
  using _again = lock('a')
})

test('a folder that is missing is told, and no reason to refuse', () => {
  using _ = lock('none/a')
  expect(log.join('')).toContain('is not locked against a second daemon yet: cannot open the lock file')
})

test('a lock that is there and cannot be opened is refused, since another daemon may hold it', () => {
  mkdirSync(join(folder, '.a.lock'))
  expect(() => lock('a')).toThrow(/Cannot tell whether another daemon keeps/)
})

test('one file by two names is refused as such, and let go of', () => {
  writeFileSync(join(folder, 'a'), '')
  symlinkSync('a', join(folder, 'link'))
  expect(() => lock('a', 'link')).toThrow(`The output "${join(folder, 'link')}" is given twice, by another name`)
  using _ = lock('a')
})
