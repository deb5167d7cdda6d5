import { closeSync, constants, openSync } from 'node:fs'
import { run, start } from './process.ts'
import type { TempFolder } from './temp.ts'
import { waitFor } from './wait.ts'

/** A named pipe that somebody holds open and nobody reads: what is written waits in it until it is full. */
export interface UnreadPipe extends Disposable {
  /** A command that runs another one, its stdout being the pipe. */
  into(command: readonly string[]): string[]
  /** Reads the lines from now on, so many at least, and gives them once they are there. */
  read(lines: number, withinMs?: number): Promise<string[]>
}

/** Makes a pipe in a folder. */
export async function unreadPipe(folder: TempFolder): Promise<UnreadPipe> {
  const path = folder.file('pipe')
  await run(['mkfifo', path])
  // Open for both ways it waits for no other end, and keeps the writer from finding that it has no reader.
  const fd = openSync(path, constants.O_RDWR)
  return {
    into: (command) => ['sh', '-c', 'exec "$@" > "$0"', path, ...command],
    async read(lines, withinMs = 10_000) {
      await using reader = start(['cat', path])
      const taken = () => reader.stdout().split('\n').slice(0, -1)
      return await waitFor(`${lines} lines`, () => taken().length >= lines && taken(), { withinMs, everyMs: 50 })
    },
    [Symbol.dispose]: () => closeSync(fd),
  }
}
