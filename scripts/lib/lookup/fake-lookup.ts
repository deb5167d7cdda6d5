import { type Clock, systemClock } from '@novnc-tokens/api'
import { type Address, Lookup, SortedLines, tokenOf } from '@novnc-tokens/tokens'

/** No time passes: nobody gives up by himself. */
const clock: Clock = {
  ...systemClock,
  sleep: (_, signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
}

/** For tests: a lookup that has these addresses, and whose unknown tokens wait for ever while `awaited` is true. */
export async function fakeLookup(...addresses: Address[]) {
  const state = { awaited: false }
  const lookup = new Lookup({ awaits: () => state.awaited, clock })
  const add = async (address: Address) => {
    const lines = new SortedLines()
    lines.set(tokenOf(address), address)
    await lookup.output.write(lines, new Set([tokenOf(address)]))
  }
  for (const address of addresses) await add(address)
  return { lookup, state, add }
}
