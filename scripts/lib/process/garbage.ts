import { fullGC } from 'bun:jsc'

/**
 * A list of 100,000 VMs goes through half a gigabyte of parsed JSON. Left alone, the runtime lets it pile up to 300 MB
 * before it collects; collected each so many VMs, half of that. XML has half as much again, in more and smaller pieces.
 */
const vmsBetween = { json: 4000, xml: 500 }

/** How long the runtime takes to find out which pages it can give back. */
const settleMs = 100

/** Tells how many VMs were just read; collects garbage now and then. One for each survey. */
export function garbageCollector(format: keyof typeof vmsBetween): (vms: number) => void {
  let read = 0
  return (vms) => {
    read += vms
    if (read < vmsBetween[format]) return
    read = 0
    fullGC()
  }
}

/** Gives memory back to the system after something large: of a daemon that only waits, two thirds. */
export async function giveBack(): Promise<void> {
  Bun.gc(true)
  await Bun.sleep(settleMs)
  Bun.shrink()
}
