import { constants } from 'node:os'

/** What one run of a program took. */
export interface Run {
  /** From before it was started until its end. */
  readonly wallMs: number
  /** User and system time of all its threads. */
  readonly cpuMs: number
  /** Its largest resident set; null where it cannot be told, since it was not above our own: see {@link measure}. */
  readonly peakMb: number | null
  readonly stdout: string
}

/** Bytes in what figures call MB. */
export const megabyte = 1e6

/** Each processor counts some pages by itself before it tells, so that two readings of one peak may differ. */
const uncertainty = 1.1

/**
 * Runs a program to its end and measures it. A child shares our memory until it executes its program, and the kernel
 * counts that in its peak (setmax_mm_hiwater_rss in fs/exec.c): a peak that is not above our own says nothing.
 *
 * @throws Error with what it wrote where it fails, or when the signal ends it
 */
export async function measure(command: readonly string[], signal: AbortSignal): Promise<Run> {
  signal.throwIfAborted()
  const { PATH = '', HOME = '', LANG = 'C.UTF-8' } = process.env
  const began = performance.now()
  const child = Bun.spawn([...command], {
    env: { PATH, HOME, LANG },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    signal,
    killSignal: constants.signals.SIGKILL,
  })
  const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  const code = await child.exited
  const wallMs = performance.now() - began
  const [stdout, stderr] = await output
  signal.throwIfAborted()
  const usage = child.resourceUsage()
  if (code !== 0 || usage === undefined) {
    throw new Error(`${command.join(' ')} ended with ${child.signalCode ?? code}:\n${stdout}${stderr}`)
  }
  const own = process.resourceUsage().maxRSS * 1024 * uncertainty
  const peakMb = usage.maxRSS > own ? usage.maxRSS / megabyte : null
  return { wallMs, cpuMs: Number(usage.cpuTime.total) / 1000, peakMb, stdout }
}

/** The largest resident set of a run; an Error where our own was larger, so that it cannot be told. */
export function peakOf({ peakMb }: Run): number {
  if (peakMb === null) throw new Error('This program has grown larger than what it measures: run the bench by itself')
  return peakMb
}
