/** Options of {@link waitFor}. */
export interface WaitOptions {
  /** How long to wait before the test fails, in ms. @default 10000 */
  readonly withinMs?: number
  /** Pause between two tries, in ms. @default 10 */
  readonly everyMs?: number
  /** Says why waiting has become pointless, or null while it has not: the wait then fails at once. */
  readonly unless?: () => string | null
}

/** What a probe may answer while its condition does not hold yet. */
export type NotYet = false | null | undefined | 0 | ''

/**
 * Waits until a condition holds, instead of sleeping for a guessed time. A probe that throws counts as "not yet",
 * and its last error becomes the cause of the failure.
 *
 * @param what what is waited for, as it reads behind "waiting for"
 * @param probe answers something truthy once the condition holds
 * @returns the truthy answer
 * @throws Error when the deadline passes or `unless` gives a reason
 * @example await waitFor('the token in the file', async () => (await Bun.file(path).text()).includes(token))
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | NotYet | Promise<T | NotYet>,
  options: WaitOptions = {},
): Promise<Exclude<T, NotYet>> {
  const { withinMs = 10_000, everyMs = 10, unless = () => null } = options
  const deadline = performance.now() + withinMs
  let cause: unknown
  for (;;) {
    // Asked before the probe, so that a probe still sees what happened just before the reason came up.
    const pointless = unless()
    try {
      const answer = await probe()
      if (answer) return answer as Exclude<T, NotYet>
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (pointless !== null) throw new Error(`Gave up waiting for ${what}: ${pointless}`, { cause })
    if (performance.now() >= deadline) throw new Error(`Timed out after ${withinMs} ms waiting for ${what}`, { cause })
    await Bun.sleep(everyMs)
  }
}
