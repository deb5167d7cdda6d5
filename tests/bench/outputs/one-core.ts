import { cpus } from 'node:os'
import { measure } from '../measure.ts'

/** Keeps a server and its clients on cores of their own; without taskset or a second core, wherever they come to be. */
export interface OneCore {
  /** For the table: whether it does. */
  readonly what: string
  /** What a command of a client begins with. */
  readonly client: readonly string[]
  /** Has all threads of a server share one core from now on. */
  pin(pid: number): Promise<void>
}

/** Finds out what this machine can do. */
export function oneCore(signal: AbortSignal): OneCore {
  const taskset = Bun.which('taskset')
  if (taskset === null || cpus().length < 2) return { what: 'no core of its own', client: [], pin: async () => {} }
  return {
    what: 'one core',
    client: [taskset, '-c', '1'],
    async pin(pid) {
      await measure([taskset, '-a', '-p', '-c', '0', String(pid)], signal)
    },
  }
}
