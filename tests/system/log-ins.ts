import { chmod, readFile } from 'node:fs/promises'
import type { Mock, RequestRecord } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { type Finished, run } from '../support/process.ts'
import type { TempFolder } from '../support/temp.ts'
import type { Site } from './support.ts'

/** All that a request or a log could show of how it is done. */
export const chatty = ['--log-level', 'debug'] as const

/** Runs `regen`, and gives what it wrote beside the exit code. */
export async function regen(
  mock: Mock,
  folder: TempFolder,
  flags: readonly string[],
): Promise<Finished & { file: string }> {
  const path = folder.file('regen.vnc')
  const finished = await run([await binary(), 'regen', '-a', mock.apiUrl, '-f', path, ...chatty, ...flags])
  return { ...finished, file: await readFile(path, 'utf8').catch(() => '') }
}

/** How the requests logged in, and how often each way was refused for which reason. */
export function logInsOf({ requests }: Mock): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { authorizationScheme, authorizationWhy } of requests.all) {
    const name = [authorizationScheme ?? 'nothing', ...(authorizationWhy === null ? [] : [authorizationWhy])].join(' ')
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** Whether a request asks to log in. */
export function isLogin({ path }: RequestRecord): boolean {
  return path.startsWith('/api/login')
}

/** What the daemon of a site has written, once it has ended. */
export async function writtenBy(site: Site): Promise<string> {
  await site.daemon.child.stop()
  return site.daemon.child.stdout() + site.daemon.child.stderr()
}

/** A file that only its owner may read. */
export async function secretFile(folder: TempFolder, name: string, text: string): Promise<string> {
  const path = await folder.write(name, text)
  await chmod(path, 0o600)
  return path
}
