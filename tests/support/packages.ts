import { existsSync } from 'node:fs'

/** A real part that the end-to-end tests use: the Debian package it comes in, and where to see that it is there. */
interface Part {
  readonly package: string
  /** A program on the PATH or in the folders of system programs, or the absolute path of a file. */
  readonly has: string
}

const parts = {
  websockify: { package: 'websockify', has: 'websockify' },
  novnc: { package: 'novnc', has: '/usr/share/novnc/vnc.html' },
  xvnc: { package: 'tigervnc-standalone-server', has: 'Xvnc' },
  xsetroot: { package: 'x11-xserver-utils', has: 'xsetroot' },
  chromium: { package: 'chromium', has: 'chromium' },
  haproxy: { package: 'haproxy', has: 'haproxy' },
  redis: { package: 'redis-server', has: 'redis-server' },
  redisCli: { package: 'redis-tools', has: 'redis-cli' },
  pythonRedis: { package: 'python3-redis', has: '/usr/lib/python3/dist-packages/redis/__init__.py' },
  pythonJson: { package: 'python3-simplejson', has: '/usr/lib/python3/dist-packages/simplejson/__init__.py' },
  faketime: { package: 'faketime', has: libraryPath('faketime/libfaketime.so.1') },
  pythonRequests: { package: 'python3-requests', has: '/usr/lib/python3/dist-packages/requests/__init__.py' },
} as const satisfies Record<string, Part>

/** Name of a real part. */
export type PartName = keyof typeof parts

/** Which real parts each file of tests/end-to-end and tests/reliability needs, where it needs any. */
export const needs: Readonly<Record<string, readonly PartName[]>> = {
  'clock.test.ts': ['faketime'],
  'desktop.test.ts': ['websockify', 'novnc', 'xvnc', 'xsetroot', 'chromium'],
  'haproxy.test.ts': ['websockify', 'novnc', 'xvnc', 'xsetroot', 'haproxy'],
  'lookup.test.ts': ['websockify', 'novnc', 'pythonRequests'],
  'redis-blind.test.ts': ['redis', 'redisCli'],
  'redis-program.test.ts': ['redis', 'redisCli'],
  'redis.test.ts': ['websockify', 'redis', 'redisCli', 'pythonRedis', 'pythonJson'],
}

/** Debian packages that are missing for these parts, sorted, each once. */
export function missingPackages(names: readonly PartName[]): string[] {
  const missing = names.map((name): Part => parts[name]).filter(({ has }) => !isThere(has))
  return [...new Set(missing.map((part) => part.package))].sort()
}

/**
 * Absolute path of a program, also of one that is for root only and not on a user's PATH.
 *
 * @throws Error naming the Debian package when the program is missing
 */
export function program(name: PartName): string {
  const { has, package: owner }: Part = parts[name]
  const path = has.startsWith('/') ? has : which(has)
  if (path === null || !existsSync(path)) throw new Error(`${has} is missing: apt-get install ${owner}`)
  return path
}

/** Libraries are below a folder that is named after the processor. */
function libraryPath(name: string): string {
  const processor = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  return `/usr/lib/${processor}-linux-gnu/${name}`
}

function isThere(has: string): boolean {
  return has.startsWith('/') ? existsSync(has) : which(has) !== null
}

function which(name: string): string | null {
  return Bun.which(name, { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` })
}
