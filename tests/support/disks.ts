import { chmod, mkdir } from 'node:fs/promises'
import { canMount, openMounts } from './mounts.ts'
import { run } from './process.ts'
import type { TempFolder } from './temp.ts'

/** A folder for a token file that can become ill: nothing can be written there then. */
export interface Disk extends AsyncDisposable {
  /** The folder, as programs know it that run `inside`. */
  readonly path: string
  /** The folder, as tests find it. */
  readonly view: string
  /** What to put before a command that is to use it. */
  readonly inside: readonly string[]
  /** Makes it ill, for a process. */
  ill(pid: number): Promise<void>
  /** Makes it well again. */
  well(pid: number): Promise<void>
}

/** A disk that becomes ill in one way. */
export interface Illness {
  /** The disk, with how it becomes ill. */
  readonly name: string
  /** The fault, as docs/reliability.md names it; null where not every machine can have it. */
  readonly fault: string | null
  readonly disk: (folder: TempFolder) => Promise<Disk>
  /** What the message has to be. */
  readonly message: RegExp
}

const isRoot = process.getuid?.() === 0
/** Takes from root what lets it write everywhere. */
const withoutPrivileges = isRoot ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'] : []

/** The illnesses that can be had here: where nothing can be mounted, others stand in for two of them, by their names. */
export async function illnesses(): Promise<readonly Illness[]> {
  return [...((await canMount()) ? mounted : unmounted), forbidden]
}

const mounted: readonly Illness[] = [
  {
    name: 'a disk that is full',
    fault: 'the disk is full',
    disk: (folder) => mountedDisk(folder, 'dd if=/dev/zero of=DISK/filler bs=4096 || true', 'rm DISK/filler'),
    message: /^Cannot write ".*": ENOSPC: .*\. Make room on its file system/,
  },
  {
    name: 'a disk that becomes read-only',
    fault: null,
    // Another mount on top: what the lock keeps open for writing forbids to change the first one.
    disk: (folder) => mountedDisk(folder, 'mount --bind DISK DISK && mount -o remount,bind,ro DISK', 'umount DISK'),
    message: /^Cannot write ".*": EROFS: .*\. Its file system is mounted read-only/,
  },
]

const unmounted: readonly Illness[] = [
  {
    name: 'files that may not grow, since nothing can be mounted here to be full',
    fault: 'the disk is full',
    disk: limitedDisk,
    message: /^Cannot write ".*": EFBIG: /,
  },
]

const forbidden: Illness = {
  name: 'a folder that the user may not write to any more',
  fault: 'the user may not write to the folder any more',
  disk: forbiddenDisk,
  message: /^Cannot write ".*": EACCES: .*\. Let this user write into /,
}

/** A small file system of its own. */
async function mountedDisk(folder: TempFolder, ill: string, well: string): Promise<Disk> {
  const path = folder.file('disk')
  await mkdir(path)
  const mounts = await openMounts()
  await mounts.shell(`mount -t tmpfs -o size=64k none ${path}`)
  return {
    path,
    view: mounts.view(path),
    inside: mounts.inside,
    ill: () => mounts.shell(ill.replaceAll('DISK', path)),
    well: () => mounts.shell(well.replaceAll('DISK', path)),
    [Symbol.asyncDispose]: () => mounts[Symbol.asyncDispose](),
  }
}

/** The system's limit of the size of files fails a write midway, as a full disk does. */
async function limitedDisk(folder: TempFolder): Promise<Disk> {
  const path = folder.file('disk')
  await mkdir(path)
  const limit = async (pid: number, size: string) => {
    const { code, stderr } = await run(['prlimit', '--pid', String(pid), `--fsize=${size}:unlimited`])
    if (code !== 0) throw new Error(stderr)
  }
  return {
    path,
    view: path,
    // Else the signal that comes along with it would end the program.
    inside: ['sh', '-c', 'trap "" XFSZ; exec "$@"', 'sh'],
    ill: (pid) => limit(pid, '1024'),
    well: (pid) => limit(pid, 'unlimited'),
    async [Symbol.asyncDispose]() {},
  }
}

async function forbiddenDisk(folder: TempFolder): Promise<Disk> {
  const path = folder.file('disk')
  await mkdir(path)
  return {
    path,
    view: path,
    inside: withoutPrivileges,
    ill: () => chmod(path, 0o500),
    well: () => chmod(path, 0o700),
    async [Symbol.asyncDispose]() {},
  }
}
