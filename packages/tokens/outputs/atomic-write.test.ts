import { describe, expect, test } from 'bun:test'
import { chmod, link, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { tempFolder } from '../../../tests/support/temp.ts'
import {
  atomicWrite,
  codeOf,
  type Ownership,
  removeLeftovers,
  type Stamp,
  sameStamp,
  systemReason,
  toStamp,
} from './atomic-write.ts'

/** The stamp of what is at a path. */
async function stampOf(path: string): Promise<Stamp> {
  return toStamp(await stat(path, { bigint: true }))
}

const plain: Ownership = { mode: 0o640, uid: null, gid: null }
const isRoot = process.getuid?.() === 0
/** A group that the files of this process do not have by themselves, where it may give them to one. */
const otherGroup = isRoot
  ? 4242
  : (process.getgroups?.().find((gid) => gid !== process.getgid?.()) ?? process.getgid?.() ?? 0)

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8)
}

describe('an atomic write', () => {
  test('makes the file, or replaces it, and leaves nothing else behind', async () => {
    await using folder = tempFolder()
    const path = folder.file('config.vnc')
    await atomicWrite(path, 'one\n', plain)
    const first = await readFile(path, 'utf8')
    await atomicWrite(path, ['t', 'wo', '\n'], plain)
    expect([first, await readFile(path, 'utf8'), await readdir(folder.path)]).toEqual([
      'one\n',
      'two\n',
      ['config.vnc'],
    ])
  })

  test('may write nothing at all', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', 'old\n')
    await atomicWrite(path, [], plain)
    expect(await readFile(path, 'utf8')).toBe('')
  })

  test('puts a new file in the place of the old one, whose readers keep what they have', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', 'old\n')
    await link(path, folder.file('hard link'))
    await atomicWrite(path, 'new\n', plain)
    expect([await readFile(path, 'utf8'), await readFile(folder.file('hard link'), 'utf8')]).toEqual(['new\n', 'old\n'])
  })

  test.each(['600', '640', '644', '660', '400'])('gives the file mode %s, whatever the umask', async (mode) => {
    await using folder = tempFolder()
    const path = folder.file('config.vnc')
    const umask = process.umask(0o077)
    try {
      await atomicWrite(path, 'x\n', { ...plain, mode: Number.parseInt(mode, 8) })
    } finally {
      process.umask(umask)
    }
    expect(await modeOf(path)).toBe(mode)
  })

  test('gives the file the group', async () => {
    await using folder = tempFolder()
    const path = folder.file('config.vnc')
    await atomicWrite(path, 'x\n', { ...plain, gid: otherGroup })
    expect([(await stat(path)).gid, await modeOf(path)]).toEqual([otherGroup, '640'])
  })

  test('gives the file its owner where it may, and otherwise only fails where others could not read it', async () => {
    await using folder = tempFolder()
    const path = folder.file('config.vnc')
    const uid = 4243
    await atomicWrite(path, 'x\n', { mode: 0o640, uid, gid: null })
    expect((await stat(path)).uid).toBe(isRoot ? uid : (process.getuid?.() ?? 0))
    const own = atomicWrite(path, 'y\n', { mode: 0o600, uid, gid: null }).then(
      () => true,
      () => false,
    )
    expect(await own).toBe(isRoot)
  })

  test('that breaks leaves the old file whole, and nothing else behind', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', 'old\n')
    function* breaking() {
      yield 'half of it\n'
      throw new Error('no more')
    }
    await expect(atomicWrite(path, breaking(), plain)).rejects.toThrow('no more')
    expect([await readFile(path, 'utf8'), await readdir(folder.path)]).toEqual(['old\n', ['config.vnc']])
  })

  test('that cannot replace what is there leaves nothing behind', async () => {
    await using folder = tempFolder()
    await folder.write('config.vnc/in a folder', '')
    const code = await atomicWrite(folder.file('config.vnc'), 'x', plain).then(() => null, codeOf)
    expect([code, await readdir(folder.path)]).toEqual(['EISDIR', ['config.vnc']])
  })

  test('into a folder that is missing, or is none, fails with the system error', async () => {
    await using folder = tempFolder()
    await folder.write('file', '')
    const codes = ['missing/config.vnc', 'file/config.vnc'].map((name) =>
      atomicWrite(folder.file(name), 'x', plain).then(() => null, codeOf),
    )
    expect(await Promise.all(codes)).toEqual(['ENOENT', 'ENOTDIR'])
  })

  test('tells the stamp of what it wrote, and not of what others put in its place a moment later', async () => {
    await using folder = tempFolder()
    const path = folder.file('config.vnc')
    const stamp = await atomicWrite(path, 'ours\n', plain)
    const found = await stampOf(path)
    await folder.write('theirs', 'them\n')
    await rename(folder.file('theirs'), path)
    expect([sameStamp(stamp, found), sameStamp(stamp, await stampOf(path))]).toEqual([true, false])
  })

  test('of a thousand versions shows a reader whole ones only', async () => {
    await using folder = tempFolder()
    const path = folder.file('config.vnc')
    // More than what one read or write of the system takes at once.
    const version = (number: number) => Array.from({ length: 3 }, () => `${number}\n`.repeat(2000))
    await atomicWrite(path, version(1000), plain)
    const reading = { on: true }
    const torn: string[] = []
    let reads = 0
    const reader = async () => {
      while (reading.on) {
        const text = await readFile(path, 'utf8').catch((error: unknown) => `failed with ${codeOf(error)}`)
        reads++
        if (text !== text.slice(0, 5).repeat(6000))
          torn.push(`${text.length} characters that begin with ${text.slice(0, 20)}`)
      }
    }
    const readers = [reader(), reader()]
    for (let number = 1001; number <= 2000; number++) await atomicWrite(path, version(number), plain)
    reading.on = false
    await Promise.all(readers)
    expect(torn).toEqual([])
    expect(reads).toBeGreaterThan(500)
  }, 20_000)
})

test('what killed processes left is removed, and nothing else', async () => {
  await using folder = tempFolder()
  const child = Bun.spawn(['true'])
  await child.exited
  const gone = child.pid
  const kept = [
    'config.vnc',
    '.config.vnc',
    '.config.vnc.1.7.tmp',
    `.config.vnc.${process.ppid}.7.tmp`,
    `.config.vnc.${gone}.tmp`,
    `.config.vnc.${gone}.7`,
    `.config.vnc.${gone}.7.tmp.bak`,
    `.config.vnc.x${gone}.7.tmp`,
    `.other.vnc.${gone}.7.tmp`,
    `config.vnc.${gone}.7.tmp`,
  ]
  for (const name of [...kept, `.config.vnc.${gone}.7.tmp`, `.config.vnc.${gone}.123456789012345.tmp`])
    await folder.write(name, '')
  // In a container each process has the id of the one before it.
  await folder.write(`.config.vnc.${process.pid}.7.tmp`, '')
  await removeLeftovers(folder.file('config.vnc'))
  expect((await readdir(folder.path)).sort()).toEqual(kept.sort())
  await removeLeftovers(folder.file('missing/config.vnc'))
})

describe('a stamp', () => {
  test('is the same as long as nobody touches the file', async () => {
    await using folder = tempFolder()
    const path = await folder.write('a', 'x')
    const before = await stampOf(path)
    await readFile(path)
    await chmod(path, 0o600)
    expect(sameStamp(before, await stampOf(path))).toBe(true)
  })

  test('tells content, time and identity of a file apart', async () => {
    await using folder = tempFolder()
    const path = await folder.write('a', 'x')
    await utimes(path, 1000, 1000)
    const changes = [
      () => writeFile(path, 'xy'),
      () => utimes(path, 1000, 1000.001),
      async () => {
        await folder.write('b', 'x')
        await utimes(folder.file('b'), 1000, 1000)
        await rename(folder.file('b'), path)
      },
    ]
    const same: boolean[] = []
    for (const change of changes) {
      await writeFile(path, 'x')
      await utimes(path, 1000, 1000)
      const before = await stampOf(path)
      await change()
      same.push(sameStamp(before, await stampOf(path)))
    }
    expect(same).toEqual([false, false, false])
  })

  test('of no file differs from that of any', async () => {
    await using folder = tempFolder()
    const path = await folder.write('a', 'x')
    const found = await stampOf(path)
    expect([sameStamp(null, null), sameStamp(null, found), sameStamp(found, null)]).toEqual([true, false, false])
  })
})

test.each([
  ["EACCES: permission denied, open '/t/.config.vnc.7.123.tmp'", 'EACCES', 'EACCES: permission denied'],
  ['EPERM: operation not permitted, fchown', 'EPERM', 'EPERM: operation not permitted'],
  ['it is a folder, no', undefined, 'it is a folder, no'],
])('the reason of %p tells no path, so that it is the same each time', (message, code, reason) => {
  expect(systemReason(Object.assign(new Error(message), { code }))).toBe(reason)
})
