import type { KeeperStatus } from '@novnc-tokens/tokens'
import { publicText } from './public-text.ts'

/** A loop that has not turned for so long stands still: by itself each turns every few seconds, an output's every 30 s. */
export const loopStandsStillMs = 60_000

/**
 * Which loop of ours stands still, and for how many milliseconds; null where all turn. Whatever is elsewhere (the
 * platform, a disk, a Redis) may hang or fail for as long as it likes: that is no reason to end this process.
 */
export function standingStill(
  { turnedAt, outputs }: Pick<KeeperStatus, 'turnedAt' | 'outputs'>,
  wall: number,
): { readonly what: string; readonly ms: number } | null {
  const ms = wall - turnedAt
  if (ms > loopStandsStillMs) return { what: 'The loop', ms }
  const output = outputs.find(({ overdueMs }) => overdueMs > loopStandsStillMs)
  return output === undefined ? null : { what: `The loop of ${publicText(output.name)}`, ms: output.overdueMs }
}
