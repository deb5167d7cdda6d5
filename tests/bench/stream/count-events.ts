import { readFileSync } from 'node:fs'

/** What each client prints once it has seen enough. */
export interface ClientRun {
  /** From the event after the warm-up to the last one. */
  readonly ms: number
  /** Its largest resident set, in MB. */
  readonly peakMb: number
}

/** Events before the clock starts, until the code is compiled. */
const warmUp = 50_000

/** Makes what a client calls for each event: it prints the run and ends the process at the last one. */
export function countEvents(events: number): () => void {
  let seen = 0
  let began = 0
  return () => {
    seen++
    if (seen === warmUp) began = performance.now()
    if (seen < warmUp + events) return
    const run: ClientRun = { ms: performance.now() - began, peakMb: ownPeakMb() }
    console.log(JSON.stringify(run))
    process.exit(0)
  }
}

/** Our own peak by the kernel, which after our start counts nothing of our parent's. */
function ownPeakMb(): number {
  const [, kilobytes = 'NaN'] = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return (Number(kilobytes) * 1024) / 1e6
}
