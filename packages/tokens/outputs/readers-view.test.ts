import { describe, expect, test } from 'bun:test'
import { appendFile, truncate, writeFile } from 'node:fs/promises'
import { tempFolder } from '../../../tests/support/temp.ts'
import { seeded } from '../testing/seeded.ts'
import { type Address, readAddress } from '../token/address.ts'
import { formatLine, SortedLines } from '../token/lines.ts'
import { tokenOf } from '../token/token.ts'
import { isReadable, says } from './readers-view.ts'

const a = 'a'.repeat(32)

describe('a line that readers find its token in', () => {
  test.each(['10.0.0.1:5900', 'a_b-c.example:1', '2001:db8::1:65535', '::1:5900'])('is one with %s', (hostPort) => {
    expect(isReadable(a, `${a}: ${hostPort}`)).toBe(true)
  })

  test.each([
    ['is not one of another token', `${'b'.repeat(32)}: 10.0.0.1:5900`],
    ['has one blank behind its token', `${a}:10.0.0.1:5900`],
    ['has no blank before its token', ` ${a}: 10.0.0.1:5900`],
    ['has no blank behind it', `${a}: 10.0.0.1:5900 `],
    ['has no second line', `${a}: 10.0.0.1:5900\nfff: 6.6.6.6:5900`],
    ['has no line end', `${a}: 10.0.0.1:5900\r`],
    ['has no comment', `${a}: 10.0.0.1:5900 # c`],
    ['is none', `#${a}: 10.0.0.1:5900`],
    ['is ASCII', `${a}: höst:5900`],
    ['has no brackets', `${a}: [2001:db8::1]:5900`],
    ['has no zone', `${a}: fe80::1%eth0:5900`],
    ['has a port', `${a}: 10.0.0.1`],
    ['has a port that there is', `${a}: 10.0.0.1:65545`],
    ['has a host', `${a}: :5900`],
    ['has a host that is whole', `${a}: 10.0.0:5900`],
  ])('%s', (_, line) => {
    expect(isReadable(a, line)).toBe(false)
  })

  /** What websockify makes of a file: 0.8 and 0.9 split at the colon and blank, later ones at a colon and any blank. */
  function tableOf(text: string, split: (line: string) => string[]): Map<string, string> {
    const table = new Map<string, string>()
    for (const raw of text.split('\n')) {
      const line = raw.trim()
      if (line === '' || line.startsWith('#')) continue
      const parts = split(line)
      if (parts.length !== 2) throw new Error('ValueError: everybody is refused')
      table.set(parts[0] ?? '', parts[1]?.trim() ?? '')
    }
    return table
  }

  test('is what every version takes it for, whatever addresses a platform tells', () => {
    const random = seeded(5)
    const characters = ['a', '9', '.', '-', '_', ':', '::', ' ', '\n', '\r', '\t', '#', '[', ']', 'ü', '\u2028', '%']
    const hosts = Array.from({ length: 20_000 }, () =>
      Array.from({ length: 1 + Math.floor(random() * 5) }, () => characters[Math.floor(random() * characters.length)]),
    ).map((parts) => parts.join(''))
    const lines = hosts
      .map((host): Address => ({ host, port: 1 + Math.floor(random() * 65_535) }))
      .map((address) => ({ address, token: tokenOf(address), line: formatLine(tokenOf(address), address) }))
      .filter(({ token, line }) => isReadable(token, line))
    const text = lines.map(({ line }) => `${line}\n`).join('')
    const wanted = new Map(lines.map(({ token, address: { host, port } }) => [token, `${host}:${port}`]))
    for (const split of [/: /, /:\s/]) expect(tableOf(text, (line) => line.split(split))).toEqual(wanted)
    // What is taken from a platform passes.
    const taken = hosts.filter((host) => readAddress(host, 5900).kind === 'address')
    expect([taken.length > 100, taken.filter((host) => !isReadable(a, `${a}: ${host}:5900`))]).toEqual([true, []])
  })
})

describe('a file', () => {
  const many = Array.from({ length: 30_000 }, (_, index) => ({ host: '10.0.0.1', port: 1 + index }))
  const chunks = new SortedLines(many.map((address) => formatLine(tokenOf(address), address))).chunks()
  const whole = chunks.join('')
  const middle = Math.floor(whole.length / 2)

  test.each<[string, boolean, (path: string) => Promise<unknown>]>([
    ['says what was written', true, async () => undefined],
    [
      'does not where a byte is another',
      false,
      (path) => writeFile(path, `${whole.slice(0, middle)}#${whole.slice(middle + 1)}`),
    ],
    ['does not where it is cut', false, (path) => truncate(path, middle)],
    ['does not where its last byte is missing', false, (path) => truncate(path, whole.length - 1)],
    ['does not where a line is behind it', false, (path) => appendFile(path, '\n')],
    ['does not where it is empty', false, (path) => truncate(path, 0)],
  ])('%s', async (_, same, change) => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', whole)
    await change(path)
    expect([chunks.length > 1, await says(path, chunks)]).toEqual([true, same])
  })

  test('without a line says nothing', async () => {
    await using folder = tempFolder()
    expect([await says(await folder.write('a', ''), []), await says(await folder.write('b', '\n'), [])]).toEqual([
      true,
      false,
    ])
  })

  test('says the same in pieces longer than what is read at once', async () => {
    await using folder = tempFolder()
    const long = 'x'.repeat(2 ** 21 + 5)
    const path = await folder.write('a', long)
    expect([await says(path, [long]), await says(path, [`${long.slice(1)}y`])]).toEqual([true, false])
  })
})
