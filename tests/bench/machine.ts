import { arch, cpus, loadavg, release, totalmem } from 'node:os'

/** Where and when figures were measured; without it they mean nothing. */
export interface Machine {
  readonly at: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly bun: string
  /** What else ran in the minute before. */
  readonly load: number
}

/** Describes the machine now. */
export function describeMachine(): Machine {
  const cores = cpus()
  return {
    at: new Date().toISOString(),
    cpu: `${arch()} ${cores[0]?.model.trim() ?? 'unknown'}`,
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    bun: Bun.version,
    load: loadavg()[0] ?? 0,
  }
}

/** The same in a line. */
export function machineLine({ cpu, cores, memoryGb, kernel, bun, load }: Machine): string {
  const busy = load > 0.5 ? ': others use this machine, so expect noise' : ''
  return `${cores} cores (${cpu}), ${memoryGb} GB, Linux ${kernel}, Bun ${bun}, load ${load.toFixed(2)} before${busy}`
}
