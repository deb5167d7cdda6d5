import { join } from 'node:path'
import { measure } from '../measure.ts'

/** Runs one of the programs of this folder in a process of its own, and reads the JSON that it prints. */
export async function childProgram<T>(
  signal: AbortSignal,
  name: string,
  args: readonly (string | number)[],
  wrapper: readonly string[] = [],
): Promise<T> {
  const command = [...wrapper, process.execPath, join(import.meta.dir, `${name}.ts`), ...args.map(String)]
  return JSON.parse((await measure(command, signal)).stdout) as T
}
