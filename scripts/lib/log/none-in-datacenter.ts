import type { LeftOutCounts } from '@novnc-tokens/tokens'

/**
 * What to say where the chosen datacenters hold no console, though others do: most likely the ID is not the one that is
 * meant. Null where there is nothing to say.
 * @param tokens how many are right
 * @param leftOut the virtual machines that the selection leaves out
 */
export function noneInDatacenter(tokens: number, leftOut: LeftOutCounts): string | null {
  const elsewhere = leftOut['other-datacenter']
  if (tokens > 0 || elsewhere === 0) return null
  const have = elsewhere === 1 ? '1 has' : `${elsewhere} have`
  return `No virtual machine has a console in the chosen datacenters, ${have} one elsewhere: check --datacenter`
}
