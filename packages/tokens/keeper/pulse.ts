/**
 * Tells of a loop of ours whether it turns when it should. While it waits for somebody else (a disk, a server) nothing
 * is due, however long that takes: only a sleep that never ends is a fault of our own.
 */
export class Pulse {
  #dueAt: number | null = null

  /** The loop sleeps, and turns at this moment at the latest. */
  sleeps(until: number): void {
    this.#dueAt = until
  }

  /** The loop does not sleep: it works, or waits for somebody else. */
  awake(): void {
    this.#dueAt = null
  }

  /** For how long the loop has been due, in milliseconds; 0 where it is not. */
  overdueMs(now: number): number {
    return this.#dueAt === null ? 0 : Math.max(0, now - this.#dueAt)
  }
}
