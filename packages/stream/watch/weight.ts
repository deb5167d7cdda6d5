import type { PlatformEvent } from '@novnc-tokens/api'

/** What an event takes beside its longer texts, in characters. */
const leastWeight = 1000

/** About how much memory an event takes, in characters: nearly all have some 700, but a message may have millions. */
export function weightOf({ message, errorMessage, exception, details }: PlatformEvent): number {
  let weight = leastWeight + (message?.length ?? 0) + (errorMessage?.length ?? 0) + (exception?.length ?? 0)
  for (const name in details) weight += details[name]?.length ?? 0
  return weight
}
