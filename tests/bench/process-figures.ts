import { readFile } from 'node:fs/promises'
import { megabyte } from './measure.ts'

/** Linux tells processor time in hundredths of a second, whatever the kernel's own clock is. */
const tickMs = 10

/** Milliseconds of user and system time that a process has taken, all its threads together. */
export async function cpuMsOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold blanks; of what follows it, user and system time are the 12th and 13th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** Megabytes that a process has resident. */
export function residentMbOf(pid: number): Promise<number> {
  return megabytesOf(pid, 'VmRSS')
}

/** The most megabytes that it ever had. */
export function peakMbOf(pid: number): Promise<number> {
  return megabytesOf(pid, 'VmHWM')
}

async function megabytesOf(pid: number, name: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  const kilobytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1]
  if (kilobytes === undefined) throw new Error(`Process ${pid} has no ${name}`)
  return (Number(kilobytes) * 1024) / megabyte
}
