import type { Clock } from '@novnc-tokens/api'
import type { Output } from '@novnc-tokens/tokens'

/** A folder of a lost network disk must not keep a daemon from its start. */
const seedWithinMs = 2000

/**
 * Gives an output that begins empty what another one has, so that a restart of the daemon does not take consoles away
 * until its first list. Where that cannot be read soon, it stays empty; who keeps that output tells why.
 */
export async function seedLookup(
  lookup: Pick<Output, 'write'>,
  from: Pick<Output, 'load'>,
  clock: Pick<Clock, 'sleep'>,
): Promise<void> {
  const over = new AbortController()
  const late = clock.sleep(seedWithinMs, over.signal).catch(() => undefined)
  const loaded = from.load().catch(() => undefined)
  const seed = await Promise.race([loaded, late])
  over.abort()
  if (seed) await lookup.write(seed.lines, null)
}
