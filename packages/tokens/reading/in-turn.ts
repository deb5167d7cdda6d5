/** Runs `work` on each value, at most `limit` at once; after a failure none is begun. */
export async function inTurn<T>(
  values: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const queue = values.values()
  let failed = false
  const worker = async () => {
    for (const value of queue) {
      signal.throwIfAborted()
      if (failed) return
      try {
        await work(value)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, worker))
}
