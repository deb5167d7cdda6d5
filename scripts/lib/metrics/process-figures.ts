import { readdirSync, readFileSync } from 'node:fs'

/** What this process uses. Null where the system does not tell it. */
export interface ProcessFigures {
  /** User and system time since the start. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly openFds: number | null
  /** How many descriptors it may have open. */
  readonly maxFds: number | null
  /** When it started, in seconds since 1970. */
  readonly startedAt: number
}

/** Reads the figures of this process; costs some 0.1 ms, and nothing between two reads. */
export function processFigures(startedAt: number): ProcessFigures {
  const { user, system } = process.cpuUsage()
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    openFds: openFds(),
    maxFds: maxFds(),
    startedAt,
  }
}

/** When this process started, in seconds since 1970. Asked once: a step of the clock must not look like a restart. */
export function processStart(): number {
  return Date.now() / 1000 - process.uptime()
}

function openFds(): number | null {
  try {
    // One of them is the folder's own.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return null
  }
}

function maxFds(): number | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? null : Number(limit)
  } catch {
    return null
  }
}
