import type { Floor } from './figure.ts'
import { measure, megabyte } from './measure.ts'

/** Prints its own peak, which after its start counts nothing of its parent's. */
const script = `console.log(require('node:fs').readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\\s*(\\d+)/)[1])`

/** The peak RSS of the binary's runtime with nothing to do: what no program of it can be below. */
export async function runtimePeak(binary: string, signal: AbortSignal): Promise<Floor> {
  const { stdout } = await measure([...bareRuntime(binary), '-e', script], signal)
  return { what: 'bare runtime', samples: [(Number(stdout) * 1024) / megabyte] }
}

/** The command that runs the binary as the plain runtime that it holds. */
export function bareRuntime(binary: string): string[] {
  return ['env', 'BUN_BE_BUN=1', binary]
}
