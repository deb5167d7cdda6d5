import { fullGC } from 'bun:jsc'
import type { Note } from '@novnc-tokens/tokens'

/**
 * A list of 100,000 VMs goes through half a gigabyte of parsed JSON. Left alone, the runtime lets it pile up to 300 MB
 * before it collects; collected each so many VMs, half of that. A collection costs in proportion to what stays, which
 * grows with the list: so they come less and less often. XML is half as much again, in more and smaller pieces.
 */
const vmsBetween = { json: { first: 1000, most: 5000 }, xml: { first: 500, most: 700 } }
const growth = 1.4

/** How long the runtime takes to find out which pages it can give back. */
const settleMs = 100

/** Tells how many VMs were just read; collects garbage now and then. */
export function garbageCollector(format: keyof typeof vmsBetween): (vms: number) => void {
  const { first, most } = vmsBetween[format]
  let between = first
  let read = 0
  return (vms) => {
    read += vms
    if (read < between) return
    read = 0
    between = Math.min(most, between * growth)
    fullGC()
  }
}

/**
 * Gives memory back to the system after something large: of a daemon that only waits, two thirds. What is asked for
 * while it is at it comes right after.
 */
export function memoryReturn(): () => void {
  let running = false
  let again = false
  const giveBack = async () => {
    running = true
    do {
      again = false
      Bun.gc(true)
      await Bun.sleep(settleMs)
      Bun.shrink()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void giveBack()
  }
}

/** So many changes or comparisons of tokens leave garbage that is worth to be collected. */
const largeTokens = 10_000

/** Whether what a note tells of has left much garbage. */
export function leavesGarbage(note: Note): boolean {
  switch (note.kind) {
    case 'listed':
    case 'list-incomplete':
      return true
    case 'compared':
      return note.tokens >= largeTokens
    case 'written':
      return note.added + note.removed >= largeTokens
    default:
      return false
  }
}
