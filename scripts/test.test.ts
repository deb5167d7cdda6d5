import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { run } from '../tests/support/process.ts'

const command = [process.execPath, join(import.meta.dir, 'test.ts')]

test('an unknown flag ends the test command with 2 before it does anything, and names the flag', async () => {
  const { code, stdout, stderr } = await run([...command, '--instal'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toStartWith('Unknown flag --instal\n')
})

test('--help names every flag', async () => {
  const { code, stdout } = await run([...command, '--help'])
  expect(code).toBe(0)
  for (const part of ['--install', '--help', 'PATTERN', 'CI=true']) expect(stdout).toContain(part)
})
