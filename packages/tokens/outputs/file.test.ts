import { describe, expect, test } from 'bun:test'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { type TempFolder, tempFolder } from '../../../tests/support/temp.ts'
import { SortedLines } from '../token/lines.ts'
import { FileOutput, type FileOutputOptions } from './file.ts'
import { OutputError } from './output.ts'

const a = 'a'.repeat(32)
const b = 'b'.repeat(32)
const lineA = `${a}: 10.0.0.1:5900\n`
const lineB = `${b}: 2001:db8::1:5901\n`
const isRoot = process.getuid?.() === 0
/** A group that the files of this process do not have by themselves, where it may give them to one. */
const otherGroup = isRoot
  ? 4242
  : (process.getgroups?.().find((gid) => gid !== process.getgid?.()) ?? process.getgid?.() ?? 0)

function linesOf(...texts: string[]): SortedLines {
  return new SortedLines(texts.map((text) => text.trimEnd()))
}

function outputIn(folder: TempFolder, options: Partial<FileOutputOptions> = {}): FileOutput {
  return new FileOutput({ path: folder.file('config.vnc'), ...options })
}

async function failure(of: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await of.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof OutputError)) throw new Error('no OutputError', { cause: error })
  const { code, message } = error
  return { code, message }
}

async function ownerOf(path: string): Promise<{ mode: string; gid: number }> {
  const { mode, gid } = await stat(path)
  return { mode: (mode & 0o7777).toString(8), gid }
}

describe('what a file has is loaded', () => {
  test.each<[string, string, string, number, boolean]>([
    ['as it is', lineA + lineB, lineA + lineB, 0, true],
    ['where it is empty', '', '', 0, true],
    ['sorted, which it then is not exactly', lineB + lineA, lineA + lineB, 0, false],
    ['without what is no line', `# old\n${lineA}${b}: 10.0.0.1:65545\n`, lineA, 2, false],
    ['though its last line has no end', lineA.trimEnd(), lineA, 0, false],
    ['though it has blank lines', `\n${lineA}`, lineA, 0, false],
    ['with Windows line ends', lineA.replace('\n', '\r\n'), lineA, 0, false],
  ])('%s', async (_, text, rendered, refused, exact) => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', text)
    await utimes(path, 1_700_000_000, 1_700_000_000.5)
    const { lines, ...others } = await outputIn(folder).load()
    expect({ text: lines.render(), ...others }).toEqual({
      text: rendered,
      refused,
      exact,
      existed: true,
      modifiedAt: 1_700_000_000_500,
    })
  })

  test('though one of its lines is not even text', async () => {
    await using folder = tempFolder()
    await writeFile(folder.file('config.vnc'), Buffer.concat([Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(lineA)]))
    const { lines, refused, exact } = await outputIn(folder).load()
    expect({ text: lines.render(), refused, exact }).toEqual({ text: lineA, refused: 1, exact: false })
  })

  test.each(['config.vnc', 'missing/config.vnc'])('as nothing where there is no %s', async (name) => {
    await using folder = tempFolder()
    const { lines, ...others } = await new FileOutput({ path: folder.file(name) }).load()
    expect({ size: lines.size, ...others }).toEqual({
      size: 0,
      refused: 0,
      exact: false,
      existed: false,
      modifiedAt: null,
    })
  })

  test('never as nothing where it cannot be read', async () => {
    await using folder = tempFolder()
    await folder.write('file', '')
    await symlink('loop', folder.file('loop'))
    const failures = ['file/config.vnc', 'loop'].map((name) =>
      failure(new FileOutput({ path: folder.file(name) }).load()),
    )
    expect(await Promise.all(failures)).toEqual([
      {
        code: 'unreadable',
        message: expect.stringContaining(`Cannot read "${folder.file('file/config.vnc')}": ENOTDIR`),
      },
      { code: 'unreadable', message: expect.stringContaining(`Cannot read "${folder.file('loop')}": ELOOP`) },
    ])
  })
})

describe('what is written', () => {
  test('is what is there, byte for byte, and nothing else', async () => {
    await using folder = tempFolder()
    const output = outputIn(folder)
    await output.load()
    await output.write(linesOf(lineB, lineA))
    expect([await readFile(folder.file('config.vnc'), 'utf8'), await readdir(folder.path)]).toEqual([
      lineA + lineB,
      ['config.vnc'],
    ])
    const { lines, exact } = await output.load()
    expect([lines.render(), exact]).toEqual([lineA + lineB, true])
  })

  test('may be no line at all', async () => {
    await using folder = tempFolder()
    await folder.write('config.vnc', lineA)
    await outputIn(folder).write(linesOf())
    expect(await readFile(folder.file('config.vnc'), 'utf8')).toBe('')
  })

  test('is the lines as they were when it was asked for', async () => {
    await using folder = tempFolder()
    const lines = linesOf(lineA)
    for (let number = 0; number < 3000; number++)
      lines.set(number.toString(16).padStart(32, '0'), { host: 'h', port: 1 })
    const before = lines.render()
    const writing = outputIn(folder).write(lines)
    let written = false
    const end = writing.finally(() => {
      written = true
    })
    while (!written) {
      lines.delete([...lines.tokens()][0] ?? '')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await end
    expect((await readFile(folder.file('config.vnc'), 'utf8')) === before).toBe(true)
  })

  test('has the mode and group of the file before it', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', lineA)
    await chown(path, -1, otherGroup)
    await chmod(path, 0o604)
    await outputIn(folder).write(linesOf(lineB))
    expect(await ownerOf(path)).toEqual({ mode: '604', gid: otherGroup })
  })

  test('has mode 0640 and the group of its folder where it is new', async () => {
    await using folder = tempFolder()
    await chown(folder.path, -1, otherGroup)
    await outputIn(folder).write(linesOf(lineA))
    expect(await ownerOf(folder.file('config.vnc'))).toEqual({ mode: '640', gid: otherGroup })
  })

  test('has the mode and group that are set, whatever was there', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', lineA)
    await chmod(path, 0o600)
    await outputIn(folder, { mode: 0o660, gid: otherGroup }).write(linesOf(lineB))
    expect(await ownerOf(path)).toEqual({ mode: '660', gid: otherGroup })
  })
})

describe('a group that this user may not give', () => {
  const foreign = 4242
  /** Writes as a user that is neither root nor of that group, in a process of its own; gives what became of the file. */
  const child = `
    const [path, gid] = process.argv.slice(-2)
    const { FileOutput } = await import(${JSON.stringify(join(import.meta.dir, 'file.ts'))})
    const { SortedLines } = await import(${JSON.stringify(join(import.meta.dir, '../token/lines.ts'))})
    if (process.getuid() === 0) {
      process.setegid(65534)
      process.seteuid(65534)
    }
    const output = new FileOutput({ path, ...(gid === 'any' ? {} : { gid: Number(gid) }) })
    const ended = await output.write(new SortedLines([])).then(() => 'written', ({ code, message }) => code + ' ' + message)
    const { gid: found } = await Bun.file(path).stat().catch(() => ({ gid: null }))
    console.log(JSON.stringify({ ended, own: found === process.getegid() }))
  `

  async function written(folder: TempFolder, gid: number | 'any' = 'any'): Promise<unknown> {
    const all = [process.execPath, '-e', child, folder.file('config.vnc'), String(gid)]
    const { stdout, stderr } = Bun.spawn(all, { stdout: 'pipe', stderr: 'pipe' })
    const [out, errors] = await Promise.all([new Response(stdout).text(), new Response(stderr).text()])
    if (errors !== '') throw new Error(errors)
    return JSON.parse(out)
  }

  /** Root gives it to the user of the child, and to the other group. */
  async function give(path: string): Promise<void> {
    if (isRoot) await chown(path, 65_534, foreign)
  }

  test('leaves a new file to the own group of the user', async () => {
    await using folder = tempFolder()
    await give(folder.path)
    expect(await written(folder)).toEqual({ ended: 'written', own: true })
  })

  test('is an error where it is set, and leaves nothing behind', async () => {
    await using folder = tempFolder()
    await give(folder.path)
    expect(await written(folder, foreign)).toEqual({
      ended: expect.stringMatching(
        /^unwritable Cannot write .*EPERM: operation not permitted\. .* make this user a member of it$/,
      ),
      own: false,
    })
    expect(await readdir(folder.path)).toEqual([])
  })

  test('is an error where the file before it has that group, and leaves that file as it is', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', lineA)
    await give(folder.path)
    await give(path)
    // Who is not root can give it to nobody, so that it stays the user's own, and may be written.
    const ended = isRoot ? expect.stringMatching(/^unwritable Cannot write .*EPERM/) : 'written'
    expect(await written(folder)).toEqual({ ended, own: !isRoot })
    expect([await readFile(path, 'utf8'), (await stat(path)).gid, await readdir(folder.path)]).toEqual([
      isRoot ? lineA : '',
      isRoot ? foreign : expect.any(Number),
      ['config.vnc'],
    ])
  })
})

describe('a link', () => {
  test.each([
    ['to a file', 'real/tokens'],
    ['to a link to a file', 'second'],
  ])('%s stays, and the file is replaced', async (_, target) => {
    await using folder = tempFolder()
    await folder.write('real/tokens', lineA)
    await symlink('real/tokens', folder.file('second'))
    await symlink(target, folder.file('config.vnc'))
    const output = outputIn(folder)
    const { lines } = await output.load()
    await output.write(linesOf(lineB))
    expect([
      lines.render(),
      (await lstat(folder.file('config.vnc'))).isSymbolicLink(),
      (await lstat(folder.file('second'))).isSymbolicLink(),
      await readFile(folder.file('real/tokens'), 'utf8'),
      await readdir(folder.file('real')),
    ]).toEqual([lineA, true, true, lineB, ['tokens']])
  })

  test('to a file that is not there yet makes it', async () => {
    await using folder = tempFolder()
    await mkdir(folder.file('real'))
    await symlink('real/tokens', folder.file('config.vnc'))
    const output = outputIn(folder)
    const { existed } = await output.load()
    await output.write(linesOf(lineA))
    expect([
      existed,
      (await lstat(folder.file('config.vnc'))).isSymbolicLink(),
      await readFile(folder.file('real/tokens'), 'utf8'),
      await output.changed(),
    ]).toEqual([false, true, lineA, null])
  })

  test('that is led elsewhere is a change by others', async () => {
    await using folder = tempFolder()
    await folder.write('one', lineA)
    await folder.write('two', lineB)
    await symlink('one', folder.file('config.vnc'))
    const output = outputIn(folder)
    await output.load()
    await rm(folder.file('config.vnc'))
    await symlink('two', folder.file('config.vnc'))
    expect(await output.changed()).toBe('others')
  })
})

describe('a target that is no file is refused, and left as it is:', () => {
  const targets: [string, (path: string) => Promise<AsyncDisposable | undefined>, string][] = [
    ['a folder', async (path) => void (await mkdir(path)), 'it is a folder, no file'],
    ['a pipe', async (path) => void (await Bun.$`mkfifo ${path}`), 'it is a pipe, no file'],
    [
      'a socket',
      async (path) => {
        const server = Bun.listen({ unix: path, socket: { data() {} } })
        return { [Symbol.asyncDispose]: async () => server.stop(true) }
      },
      'it is a socket, no file',
    ],
  ]

  test.each(targets)('%s', async (_, make, message) => {
    await using folder = tempFolder()
    await using _made = await make(folder.file('config.vnc'))
    const before = (await lstat(folder.file('config.vnc'))).ino
    const output = outputIn(folder)
    const failures = [await failure(output.load()), await failure(output.write(linesOf(lineA)))]
    expect([failures, (await lstat(folder.file('config.vnc'))).ino, await readdir(folder.path)]).toEqual([
      [
        { code: 'unwritable', message: expect.stringContaining(message) },
        { code: 'unwritable', message: expect.stringContaining(message) },
      ],
      before,
      ['config.vnc'],
    ])
  })
})

describe('what cannot be written says what to do:', () => {
  test('a folder that is missing', async () => {
    await using folder = tempFolder()
    const path = folder.file('missing/config.vnc')
    expect(await failure(new FileOutput({ path }).write(linesOf(lineA)))).toEqual({
      code: 'unwritable',
      message: expect.stringMatching(
        /^Cannot write ".*\/missing\/config\.vnc": ENOENT: no such file or directory\. Create the folder ".*\/missing"$/,
      ),
    })
  })

  test('and says it in the same words each time', async () => {
    await using folder = tempFolder()
    const output = new FileOutput({ path: folder.file('missing/config.vnc') })
    const [first, second] = [await failure(output.write(linesOf())), await failure(output.write(linesOf()))]
    expect(first).toEqual(second)
  })

  test('the folder that a link leads to, where that is missing', async () => {
    await using folder = tempFolder()
    await symlink('missing/tokens', folder.file('config.vnc'))
    const { message } = await failure(outputIn(folder).write(linesOf(lineA)))
    expect(message).toEndWith(`. Create the folder "${folder.file('missing')}"`)
  })

  test('a folder that is a file', async () => {
    await using folder = tempFolder()
    await folder.write('file', 'kept')
    const failures = failure(new FileOutput({ path: folder.file('file/config.vnc') }).write(linesOf(lineA)))
    expect([await failures, await readFile(folder.file('file'), 'utf8')]).toEqual([
      { code: 'unwritable', message: expect.stringContaining('ENOTDIR') },
      'kept',
    ])
  })
})

describe('a change by others', () => {
  test.each<[string, (folder: TempFolder) => Promise<unknown>]>([
    ['a rename over it', async (folder) => rename(await folder.write('theirs', lineA), folder.file('config.vnc'))],
    // Of another size, since two writes may fall into one tick of the file system's clock.
    ['a write into it', (folder) => writeFile(folder.file('config.vnc'), lineA + lineB)],
    ['a line behind it', (folder) => writeFile(folder.file('config.vnc'), lineB, { flag: 'a' })],
    ['its end', (folder) => rm(folder.file('config.vnc'))],
    ['a new time', (folder) => utimes(folder.file('config.vnc'), 2000, 2000)],
  ])('is %s, after a load, a write and a confirmation', async (_, change) => {
    const found: (string | null)[][] = []
    for (const last of ['load', 'write', 'confirm'] as const) {
      await using folder = tempFolder()
      await folder.write('config.vnc', lineA)
      const output = outputIn(folder)
      await output.load()
      if (last !== 'load') await output.write(linesOf(lineA))
      if (last === 'confirm') await output.confirm()
      const before = await output.changed()
      await change(folder)
      found.push([before, await output.changed()])
    }
    expect(found).toEqual(Array.from({ length: 3 }, () => [null, 'others']))
  })

  test('is also a file where there was none', async () => {
    await using folder = tempFolder()
    const output = outputIn(folder)
    await output.load()
    const before = await output.changed()
    await folder.write('config.vnc', lineA)
    expect([before, await output.changed()]).toEqual([null, 'others'])
  })

  test('is over once it was loaded, or written over', async () => {
    await using folder = tempFolder()
    const output = outputIn(folder)
    await output.load()
    await folder.write('config.vnc', lineA)
    await output.load()
    const afterLoad = await output.changed()
    await rm(folder.file('config.vnc'))
    await output.write(linesOf(lineB))
    expect([afterLoad, await output.changed()]).toEqual([null, null])
  })

  test('cannot be told where the file cannot be looked at', async () => {
    await using folder = tempFolder()
    await folder.write('file', '')
    expect(await failure(new FileOutput({ path: folder.file('file/config.vnc') }).changed())).toEqual({
      code: 'unreadable',
      message: expect.stringContaining('Cannot look at'),
    })
  })
})

describe('a look at the whole file', () => {
  test('finds what others wrote into it though nothing else shows it', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', lineA)
    await utimes(path, 1000, 1000)
    const output = outputIn(folder)
    const { lines } = await output.load()
    const before = await output.verify(lines)
    await writeFile(path, lineA.replace('10.0.0.1', '10.0.0.2'))
    await utimes(path, 1000, 1000)
    expect([before, await output.changed(), await output.verify(lines)]).toEqual([true, null, false])
  })

  test('takes the lines as they were when it was asked for', async () => {
    await using folder = tempFolder()
    await folder.write('config.vnc', lineA)
    const output = outputIn(folder)
    const { lines } = await output.load()
    const verifying = output.verify(lines)
    lines.delete(a)
    expect(await verifying).toBe(true)
  })

  test('that is gone finds it different', async () => {
    await using folder = tempFolder()
    expect(await outputIn(folder).verify(linesOf())).toBe(false)
  })
})

describe('a confirmation', () => {
  test('sets the time of the file and touches nothing else', async () => {
    await using folder = tempFolder()
    const path = await folder.write('config.vnc', lineA)
    await utimes(path, 1000, 1000)
    const output = outputIn(folder)
    await output.load()
    const before = await stat(path)
    const began = Date.now()
    await output.confirm()
    const { ino, mtimeMs } = await stat(path)
    expect([ino, await readFile(path, 'utf8'), await output.changed()]).toEqual([before.ino, lineA, null])
    expect(mtimeMs).toBeGreaterThanOrEqual(began)
  })

  test('neither hides nor touches what others wrote since', async () => {
    await using folder = tempFolder()
    const output = outputIn(folder)
    await output.write(linesOf(lineA))
    const theirs = await folder.write('theirs', lineB)
    await utimes(theirs, 1000, 1000)
    await rename(theirs, folder.file('config.vnc'))
    await output.confirm()
    expect([await output.changed(), (await stat(folder.file('config.vnc'))).mtimeMs]).toEqual(['others', 1_000_000])
  })

  test('of a file that is gone fails', async () => {
    await using folder = tempFolder()
    expect(await failure(outputIn(folder).confirm())).toEqual({
      code: 'unwritable',
      message: expect.stringContaining(`Cannot set the time of "${folder.file('config.vnc')}": ENOENT`),
    })
  })
})

test('what killed processes left is removed only where that is asked for', async () => {
  await using folder = tempFolder()
  const child = Bun.spawn(['true'])
  await child.exited
  const left = `.config.vnc.${child.pid}.1.tmp`
  await folder.write(left, '')
  await outputIn(folder).load()
  const before = await readdir(folder.path)
  await outputIn(folder, { tidy: true }).load()
  expect([before, await readdir(folder.path)]).toEqual([[left], []])
})
