import { existsSync, readFileSync, statSync } from 'node:fs'
import { run, start } from './process.ts'

/** A place where programs see file systems of their own: nobody else sees them, and they end with it. */
export interface Mounts extends AsyncDisposable {
  /** What to put before a command so that it runs there. Its working directory is the root. */
  readonly inside: readonly string[]
  /** Where one of the place's absolute paths is found from outside. */
  view(path: string): string
  /**
   * Runs a command of a shell there.
   * @throws Error with its output when it fails
   */
  shell(command: string): Promise<void>
}

/** The ways to such a place: root makes one by itself, others in a user namespace, where the system lets them. */
const ways = [
  { unshare: ['--mount'], nsenter: ['--mount'] },
  { unshare: ['--user', '--map-root-user', '--mount'], nsenter: ['--user', '--preserve-credentials', '--mount'] },
]

let found: Promise<(typeof ways)[number] | null> | undefined

async function find(): Promise<(typeof ways)[number] | null> {
  for (const way of ways) {
    const tried = await run(['unshare', ...way.unshare, 'mount', '-t', 'tmpfs', 'none', '/mnt']).catch(() => null)
    if (tried?.code === 0) return way
  }
  return null
}

/** Whether file systems can be mounted here; most containers do not let anybody. */
export async function canMount(): Promise<boolean> {
  found ??= find()
  return (await found) !== null
}

/**
 * Opens such a place.
 *
 * @throws Error where nothing can be mounted
 */
export async function openMounts(): Promise<Mounts> {
  found ??= find()
  const way = await found
  if (way === null) throw new Error('Nothing can be mounted here')
  const child = start(['unshare', ...way.unshare, 'sh', '-c', 'echo open && exec sleep infinity'])
  await child.line('open')
  const inside = ['nsenter', '--target', String(child.pid), ...way.nsenter]
  return {
    inside,
    view: (path) => `/proc/${child.pid}/root${path}`,
    async shell(command) {
      const { code, stdout, stderr } = await run([...inside, 'sh', '-c', command])
      if (code !== 0) throw new Error(`${command} failed:\n${stdout}${stderr}`)
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

/** What is mounted here already, where nothing more can be: its absolute path, and whether it may be written. */
export function mountPoints(): readonly {
  readonly path: string
  readonly readOnly: boolean
  readonly isFile: boolean
}[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').slice(0, -1)
  // Of the fields, the fifth is the path, the sixth has its own options (proc_pid_mountinfo(5)).
  const mounted = lines.map((line) => line.split(' ')).map(([, , , , path = '', own = '']) => ({ path, own }))
  return mounted
    .filter(({ path }) => existsSync(path))
    .map(({ path, own }) => ({ path, readOnly: own.split(',').includes('ro'), isFile: statSync(path).isFile() }))
}
