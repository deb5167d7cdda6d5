import { fullGC } from 'bun:jsc'

/**
 * A list of 100,000 VMs goes through half a gigabyte of parsed JSON. Left alone, the runtime lets it pile up to 300 MB
 * before it collects; collected each so many VMs (some 20 MB of JSON), it peaks near 170 MB and takes a fifth longer.
 */
const vmsBetween = 3000

/** Tells how many VMs were just read; collects garbage now and then. One for each survey. */
export function garbageCollector(): (vms: number) => void {
  let read = 0
  return (vms) => {
    read += vms
    if (read < vmsBetween) return
    read = 0
    fullGC()
  }
}
