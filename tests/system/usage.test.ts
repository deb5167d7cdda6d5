import { describe, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { binary } from '../support/binary.ts'
import { run } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const login = ['-a', 'http://127.0.0.1:9/api', '-u', 'admin', '-p', 'a-password']

describe('bad usage ends with 2 and one clear line', () => {
  const cases: [string, string[], RegExp][] = [
    ['an unknown command', ['rgen'], /did you mean regen\?/],
    ['an unknown flag', ['regen', ...login, '--guardd', '30%'], /did you mean --guard\?/],
    ['a flag of another command', ['regen', ...login, '--listen', 'off'], /--listen is a flag of run/],
    ['no URL', ['regen', '-u', 'admin', '-p', 'a-password'], /--api or ABIQUO_API_URL/],
    ['no log-in', ['regen', '-a', 'http://127.0.0.1:9/api'], /No log-in is given/],
    ['a bad duration', ['run', ...login, '--resync', '5 minutes'], /--resync/],
    ['a bad boolean', ['regen', ...login, '--format', 'x'], /--format is not a flag/],
    ['an output of no known kind', ['run', ...login, '-o', 'ftp://x/y'], /ftp/],
  ]
  test.each(cases)('%s', async (_name, flags, words) => {
    const { code, stderr, stdout } = await run([await binary(), ...flags])
    const lines = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !line.includes('--pass shows'))
    expect({ code, stdout, lines: lines.length }).toEqual({ code: 2, stdout: '', lines: 1 })
    expect(stderr).toMatch(words)
    expect(stderr).not.toContain('a-password')
  })

  test('a port in use', async () => {
    await using folder = tempFolder()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const flags = ['-f', folder.file('config.vnc'), '--listen', `127.0.0.1:${port}`]
      const { code, stderr } = await run([await binary(), 'run', ...login, ...flags])
      expect(code).toBe(2)
      expect(stderr.trimEnd().split('\n').at(-1)).toContain(`127.0.0.1:${port}`)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

test('without a command it shows its help and ends with 2; asked for it, with 0', async () => {
  const bare = await run([await binary()])
  const asked = await run([await binary(), '--help'])
  expect({ codes: [bare.code, asked.code], same: bare.stdout === asked.stdout }).toEqual({ codes: [2, 0], same: true })
  expect(asked.stdout).toContain('novnc-tokens regen')
})

test('no flag, variable or file of the working directory runs code in the binary', async () => {
  await using folder = tempFolder()
  await folder.write('bunfig.toml', 'preload = ["./evil.ts"]\n')
  await folder.write('evil.ts', "console.log('evil')\n")
  await folder.write('.env', 'ABIQUO_API_URL=http://127.0.0.1:9/api\n')
  const { code, stdout, stderr } = await run([await binary(), 'regen'], { cwd: folder.path })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('No API is given')
})
