import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TempFolder, tempFolder } from '../../../tests/support/temp.ts'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { SortedLines } from '../token/lines.ts'
import { tokenOf } from '../token/token.ts'
import { DirectoryOutput, type DirectoryOutputOptions } from './directory.ts'
import { OutputError } from './output.ts'

const a = 'a'.repeat(32)
const b = 'b'.repeat(32)
const c = 'c'.repeat(32)
const addressA = '10.0.0.1:5900'
const addressB = 'host-2.example.com:5901'
const ipv6 = '2001:db8::1:5902'
const isRoot = process.getuid?.() === 0
/** A group that the files of this process do not have by themselves, where it may give them to one. */
const otherGroup = isRoot
  ? 4242
  : (process.getgroups?.().find((gid) => gid !== process.getgid?.()) ?? process.getgid?.() ?? 0)

type Files = Record<string, string>

function linesOf(files: Files): SortedLines {
  return new SortedLines(Object.entries(files).map(([token, address]) => `${token}: ${address}`))
}

/** So many tokens with their addresses. */
function manyFiles(count: number, port = 5900): Files {
  const addresses = Array.from({ length: count }, (_, index) => ({ host: `10.1.${index >> 8}.${index & 255}`, port }))
  return Object.fromEntries(addresses.map((address) => [tokenOf(address), `${address.host}:${address.port}`]))
}

/** A folder with an empty one for tokens in it, and an output for that. */
async function setUp(files: Files = {}, options: Partial<DirectoryOutputOptions> = {}) {
  const folder = tempFolder()
  const path = folder.file('tokens')
  await mkdir(path)
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
  const output = new DirectoryOutput({ path, ...options })
  return {
    folder,
    path,
    output,
    /** What all files say. */
    files: () => filesIn(path),
    /** What stands beside the folder of tokens. */
    beside: async () => (await readdir(folder.path)).filter((name) => name !== 'tokens'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

async function filesIn(path: string): Promise<Files> {
  const files: Files = {}
  for (const name of (await readdir(path)).sort()) {
    files[name] = await readFile(join(path, name), 'utf8').catch(() => 'a folder')
  }
  return files
}

async function failure(of: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await of.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OutputError)) throw new Error('no OutputError', { cause: error })
  expect(error.message).not.toMatch(/[0-9a-f]{32}/)
  return { code: error.code, message: error.message }
}

async function ownerOf(path: string): Promise<{ mode: string; gid: number }> {
  const { mode, gid } = await stat(path)
  return { mode: (mode & 0o7777).toString(8), gid }
}

describe('what a folder has is loaded', () => {
  test.each<[string, Files, Files, number]>([
    ['as it is', { [a]: addressA, [b]: addressB }, { [a]: addressA, [b]: addressB }, 0],
    [
      'where the files end in a line end',
      { [a]: `${addressA}\n`, [b]: `${addressB}\r\n` },
      { [a]: addressA, [b]: addressB },
      0,
    ],
    ['without what is no address', { [a]: addressA, [b]: '10.0.0.1', [c]: '' }, { [a]: addressA }, 2],
    ['without IPv6, which its plugin cannot read', { [a]: ipv6 }, {}, 1],
    ['without what is too long', { [a]: addressA.padEnd(600) }, {}, 1],
    ['but not what has other names', { readme: addressA, [`${a}.bak`]: addressA, [a.toUpperCase()]: addressA }, {}, 0],
  ])('%s', async (_, files, expected, refused) => {
    await using all = await setUp(files)
    const { lines, ...loaded } = await all.output.load()
    const existed = Object.keys(expected).length + refused > 0
    expect([lines.render(), loaded]).toEqual([
      linesOf(expected).render(),
      { refused, exact: refused === 0, existed, modifiedAt: existed ? expect.any(Number) : null },
    ])
  })

  test('with folders, pipes and dead links that have the name of a token refused', async () => {
    await using all = await setUp({ [a]: addressA })
    await mkdir(join(all.path, b))
    await symlink('nowhere', join(all.path, 'd'.repeat(32)))
    await Bun.spawn(['mkfifo', join(all.path, c)]).exited
    const { lines, refused } = await all.output.load()
    expect([lines.render(), refused]).toEqual([linesOf({ [a]: addressA }).render(), 2])
  })

  test('by way of a link', async () => {
    await using all = await setUp({ [a]: addressA })
    await symlink('tokens', all.folder.file('link'))
    const output = new DirectoryOutput({ path: all.folder.file('link') })
    await output.load()
    await output.write(linesOf({ [b]: addressB }), null)
    expect([await output.changed(), await all.files(), await all.beside()]).toEqual([null, { [b]: addressB }, ['link']])
  })

  test.each<[string, (folder: TempFolder) => Promise<unknown>, string]>([
    ['missing', async () => {}, 'Create it'],
    ['a file', (folder) => folder.write('none', ''), 'it is no folder'],
  ])('unless it is %s', async (_, make, why) => {
    await using folder = tempFolder()
    await make(folder)
    const output = new DirectoryOutput({ path: folder.file('none') })
    const expected = { code: 'unwritable', message: expect.stringContaining(why) }
    expect([
      await failure(output.load()),
      await failure(output.check()),
      await failure(output.write(linesOf({}), null)),
    ]).toEqual([expected, expected, expected])
  })
})

describe('a write', () => {
  test('of what changed touches the files of these tokens only', async () => {
    await using all = await setUp({ [a]: addressA, [b]: addressB })
    await all.output.load()
    const before = await stat(join(all.path, a))
    const lines = linesOf({ [a]: addressA, [c]: addressA })
    const written = await all.output.write(lines, new Set([b, c]))
    const after = await stat(join(all.path, a))
    expect([
      written,
      await all.files(),
      after.ino === before.ino,
      await all.beside(),
      await all.output.changed(),
    ]).toEqual([
      { outcome: 'written', done: { added: 1, removed: 1 } },
      { [a]: addressA, [c]: addressA },
      true,
      [],
      null,
    ])
  })

  test('of everything finds what differs, and leaves what is not ours', async () => {
    const theirs = { readme: 'theirs', [`${a}.bak`]: 'theirs' }
    await using all = await setUp({ ...theirs, [a]: addressA, [b]: '', [c]: addressB })
    const same = await stat(join(all.path, a))
    const written = await all.output.write(linesOf({ [a]: addressA, [b]: addressB }), null)
    expect([written, await all.files(), (await stat(join(all.path, a))).ino]).toEqual([
      { outcome: 'written', done: { added: 1, removed: 1 } },
      { ...theirs, [a]: addressA, [b]: addressB },
      same.ino,
    ])
    expect(await all.output.write(linesOf({ [a]: addressA, [b]: addressB }), null)).toEqual({
      outcome: 'written',
      done: { added: 0, removed: 0 },
    })
  })

  test('has the lines as they are when it begins', async () => {
    await using all = await setUp()
    const lines = linesOf({ [a]: addressA })
    const writing = all.output.write(lines, null)
    lines.delete(a)
    await writing
    expect(await all.files()).toEqual({ [a]: addressA })
  })

  test('of many is whole and tells how far it is', async () => {
    await using all = await setUp()
    const first = manyFiles(3000)
    const told: [number, number][] = []
    const onProgress = (done: number, total: number) => told.push([done, total])
    const written = await all.output.write(linesOf(first), null, { onProgress })
    expect([written.done, await all.files(), await all.beside()]).toEqual([
      { added: 3000, removed: 0 },
      sorted(first),
      [],
    ])
    expect(told.length).toBeGreaterThan(0)
    expect(told.every(([done, total], index) => done > (told[index - 1]?.[0] ?? 0) && total === 3000)).toBe(true)
    const second = manyFiles(2000, 5901)
    const changed = new Set([...Object.keys(first), ...Object.keys(second)])
    const { done } = await all.output.write(linesOf(second), changed)
    expect([done, await all.files()]).toEqual([{ added: 2000, removed: 3000 }, sorted(second)])
  })

  test('of many ends with the signal, and the next one does the rest', async () => {
    await using all = await setUp()
    const files = manyFiles(3000)
    const ending = new AbortController()
    const options = { signal: ending.signal, onProgress: () => ending.abort() }
    const { outcome, done } = await all.output.write(linesOf(files), null, options)
    const found = Object.keys(await all.files()).length
    expect([outcome, done?.added, await all.beside(), await all.output.changed()]).toEqual([
      'interrupted',
      found,
      [],
      null,
    ])
    expect(found).toBeLessThan(3000)
    await all.output.write(linesOf(files), null)
    expect(await all.files()).toEqual(sorted(files))
  })

  test('leaves out IPv6 and counts it', async () => {
    await using all = await setUp({ [b]: addressB })
    const lines = linesOf({ [a]: ipv6, [b]: ipv6, [c]: addressA })
    const first = await all.output.write(lines, null)
    const counts = [all.output.uncarried]
    lines.delete(a)
    await all.output.write(lines, new Set([a]))
    counts.push(all.output.uncarried)
    const again = await all.output.write(lines, null)
    counts.push(all.output.uncarried)
    expect([first.done, again.done, counts, await all.files()]).toEqual([
      { added: 1, removed: 1 },
      { added: 0, removed: 0 },
      [2, 1, 1],
      { [c]: addressA },
    ])
  })

  test.each([1, 100])(
    'of %i files tells of a folder in the place of one of them, and does the others',
    async (count) => {
      const files = { ...manyFiles(count), [a]: addressA }
      await using all = await setUp()
      await mkdir(join(all.path, a))
      const failed = await failure(all.output.write(linesOf(files), null))
      expect([failed, await all.files(), await all.beside()]).toEqual([
        {
          code: 'blocked',
          message: `Cannot write some files of the folder "${all.path}": it holds a folder whose name is a token. Remove that`,
        },
        sorted({ ...files, [a]: 'a folder' }),
        [],
      ])
      expect(await all.output.changed()).toBeNull()
    },
  )

  test('keeps a folder that has the name of a token nobody has', async () => {
    await using all = await setUp()
    await mkdir(join(all.path, a))
    const { done } = await all.output.write(linesOf({}), null)
    expect([done, await all.files()]).toEqual([{ added: 0, removed: 0 }, { [a]: 'a folder' }])
  })
})

describe('files have', () => {
  test.each([1, 100])('their mode and group from the first moment on, each of %i', async (count) => {
    const files = manyFiles(count)
    const [first = ''] = Object.keys(files)
    await using all = await setUp()
    await chown(all.path, process.getuid?.() ?? 0, otherGroup)
    await all.output.write(linesOf(files), null)
    const usual = await ownerOf(join(all.path, first))
    const chosen = new DirectoryOutput({ path: all.path, mode: 0o604, gid: process.getgid?.() ?? 0 })
    await rm(join(all.path, first))
    await chosen.write(linesOf(files), null)
    await rm(all.path, { recursive: true })
    await mkdir(all.path)
    await chosen.write(linesOf(files), null)
    expect([usual, await ownerOf(join(all.path, first))]).toEqual([
      { mode: '640', gid: otherGroup },
      { mode: '604', gid: process.getgid?.() ?? 0 },
    ])
  })

  test('their mode whatever the umask', async () => {
    await using all = await setUp({}, { mode: 0o666 })
    const files = manyFiles(100)
    const umask = process.umask(0o077)
    try {
      await all.output.write(linesOf(files), null)
    } finally {
      process.umask(umask)
    }
    const modes = await Promise.all(Object.keys(files).map(async (name) => (await ownerOf(join(all.path, name))).mode))
    expect(new Set(modes)).toEqual(new Set(['666']))
  })
})

describe('a change by others', () => {
  test.each<[string, (path: string) => Promise<unknown>]>([
    ['a new file', (path) => writeFile(join(path, c), addressA)],
    ['a file that is gone', (path) => unlink(join(path, a))],
    ['a file that was replaced', (path) => rename(join(path, b), join(path, a))],
    ['another folder', (path) => rename(path, `${path}.old`).then(() => mkdir(path))],
  ])('is %s', async (_, change) => {
    await using all = await setUp({ [a]: addressA, [b]: addressB })
    await all.output.load()
    // Two changes may fall into one tick of the file system's clock.
    await utimes(all.path, 1000, 1000)
    await all.output.load()
    const before = await all.output.changed()
    await change(all.path)
    expect([before, await all.output.changed()]).toEqual([null, 'others'])
    await all.output.write(linesOf({ [a]: addressA }), null)
    expect([await all.output.changed(), await all.files()]).toEqual([null, { [a]: addressA }])
  })

  test('during a long write is found by comparing all files after it, once', async () => {
    const clock = new FakeClock()
    await using all = await setUp({}, { clock })
    await all.output.load()
    const many = manyFiles(4000)
    let changed = 0
    const onProgress = () => {
      if (changed++ > 0) return
      writeFileSync(join(all.path, a), addressA)
      void clock.advance(1000)
    }
    await all.output.write(linesOf(many), null, { onProgress })
    const doubts = [await all.output.changed()]
    await all.output.write(linesOf(many), null)
    doubts.push(await all.output.changed())
    const { done } = await all.output.write(linesOf(many), null)
    doubts.push(await all.output.changed())
    expect([changed > 0, doubts, done, await all.files()]).toEqual([
      true,
      ['unsure', null, null],
      { added: 0, removed: 0 },
      sorted(many),
    ])
  })

  test('in place is found by comparing all files where somebody asks for it', async () => {
    await using all = await setUp({ [a]: addressA })
    await all.output.load()
    await writeFile(join(all.path, a), addressB)
    const before = await all.output.changed()
    all.output.mistrust()
    const after = await all.output.changed()
    await all.output.write(linesOf({ [a]: addressA }), null)
    expect([before, after, await all.output.changed(), await all.files()]).toEqual([
      null,
      'unsure',
      null,
      { [a]: addressA },
    ])
  })
})

describe('a look at all files', () => {
  test('finds what somebody wrote into one in place', async () => {
    await using all = await setUp({ [a]: addressA }, { clock: new FakeClock() })
    const { lines } = await all.output.load()
    const before = await all.output.verify(lines)
    await writeFile(join(all.path, a), addressB)
    const after = [await all.output.changed(), await all.output.verify(lines)]
    await all.output.write(lines, null)
    expect([before, after, await all.output.verify(lines), await all.files()]).toEqual([
      true,
      [null, false],
      true,
      { [a]: addressA },
    ])
  })

  test('finds a file more and a file less, and passes over what gives nobody a console', async () => {
    await using all = await setUp({ [a]: addressA, [c]: 'nonsense', README: 'x' }, { clock: new FakeClock() })
    await mkdir(join(all.path, 'd'.repeat(32)))
    const both = linesOf({ [a]: addressA, [b]: addressB })
    expect([
      await all.output.verify(linesOf({ [a]: addressA })),
      await all.output.verify(linesOf({})),
      await all.output.verify(both),
      await all.output.verify(linesOf({ [c]: addressA })),
    ]).toEqual([true, false, false, false])
  })

  test('takes a thousandth of the time', async () => {
    // Each reading of the clock is 1 ms after the one before.
    let now = 0
    await using all = await setUp({ [a]: addressA }, { clock: { now: () => now++ } })
    const { lines } = await all.output.load()
    const first = await all.output.verify(lines)
    await writeFile(join(all.path, a), addressB)
    now = 1000
    const soon = await all.output.verify(lines)
    now = 1001
    expect([first, soon, await all.output.verify(lines)]).toEqual([true, true, false])
  })
})

describe('a confirmation', () => {
  test('sets the time of the folder and touches nothing else', async () => {
    await using all = await setUp({ [a]: addressA })
    await utimes(all.path, 1000, 1000)
    await all.output.load()
    const began = Date.now()
    await all.output.confirm()
    expect([await all.output.changed(), await all.files()]).toEqual([null, { [a]: addressA }])
    expect((await stat(all.path)).mtimeMs).toBeGreaterThanOrEqual(began)
  })

  test('does not hide what others changed since', async () => {
    await using all = await setUp({ [a]: addressA })
    await utimes(all.path, 1000, 1000)
    await all.output.load()
    await utimes(all.path, 2000, 2000)
    await all.output.confirm()
    expect([await all.output.changed(), (await stat(all.path)).mtimeMs]).toEqual(['others', 2_000_000])
  })
})

describe('a check', () => {
  test('finds nothing wrong with a folder that can be written', async () => {
    await using all = await setUp()
    expect(await all.output.check()).toBeUndefined()
  })

  test('finds a folder that is a file system of its own', async () => {
    const message =
      'it is the root of a file system. Files are staged beside it, on the same file system: use a folder below'
    expect(await failure(new DirectoryOutput({ path: '/proc' }).check())).toEqual({
      code: 'unwritable',
      message: expect.stringContaining(isRoot ? message : 'EACCES'),
    })
  })
})

test('a folder that cannot be written says what to do, and names no token', async () => {
  await using all = await setUp({ [a]: addressA })
  await all.output.load()
  await rename(all.path, all.folder.file('elsewhere'))
  await symlink('/proc/self', all.path)
  const { code, message } = await failure(all.output.write(linesOf({ [b]: addressB }), new Set([b])))
  expect([code, message]).toEqual([
    'unwritable',
    expect.stringMatching(/^Cannot write to the folder ".*tokens": E[A-Z]+: /),
  ])
})

test('what killed processes left is removed only where that is asked for', async () => {
  await using all = await setUp()
  const child = Bun.spawn(['true'])
  await child.exited
  const left = `.tokens.staging.${child.pid}.1`
  await all.folder.write(`${left}/${a}`, '10.0')
  const others = [`.tokens.staging.1.1`, '.tokens.staging.x', '.others.staging.1.1']
  for (const name of others) await mkdir(all.folder.file(name))
  await all.output.load()
  const before = await all.beside()
  await new DirectoryOutput({ path: all.path, tidy: true }).load()
  expect([before.sort(), (await all.beside()).sort()]).toEqual([[left, ...others].sort(), others.sort()])
})

test('a kill in the midst of a write leaves whole files only, and what is loaded then is made right', async () => {
  await using all = await setUp()
  const rounds = [manyFiles(1000), manyFiles(1000, 5901), manyFiles(1000, 5902)]
  const script = join(import.meta.dir, '../testing/fill-directory.ts')
  for (const [index, wanted] of rounds.entries()) {
    const tokens = await all.folder.write(`wanted`, linesOf(wanted).render())
    await using child = Bun.spawn([process.execPath, script, all.path, tokens], { stdout: 'pipe' })
    // It tells when it has begun to write.
    await child.stdout.getReader().read()
    child.kill('SIGKILL')
    await child.exited
    for (const content of Object.values(await all.files())) expect(content).toMatch(/^10\.1\.\d+\.\d+:590\d$/)
    const output = new DirectoryOutput({ path: all.path, tidy: true })
    const { refused, lines } = await output.load()
    await output.write(linesOf(wanted), null)
    expect([index, refused, await all.beside(), await all.files()]).toEqual([index, 0, ['wanted'], sorted(wanted)])
    expect(lines.size).toBeGreaterThan(0)
  }
})

function sorted(files: Files): Files {
  return Object.fromEntries(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)))
}
