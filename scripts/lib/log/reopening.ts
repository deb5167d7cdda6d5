/**
 * Tells what a watch does by itself from what is worth a line: some servers send no heartbeat, and a stream that is only
 * silent is opened anew every few minutes.
 */
export class Reopening {
  #openBy: string | null = null
  #routine = false

  /** Whether what happens now belongs to such a reopening. */
  get routine(): boolean {
    return this.#routine
  }

  /**
   * The watch was lost; gives whether that is routine.
   * @param atOnce whether it is opened anew without any wait, which nothing but silence allows
   */
  lost(atOnce: boolean): boolean {
    this.#routine = atOnce
    if (!atOnce) this.#openBy = null
    return atOnce
  }

  /** The watch is open, by a stream or by polling; gives whether it was open that way all the time. */
  opened(by: string): boolean {
    this.#routine = this.#openBy === by
    this.#openBy = by
    return this.#routine
  }

  /** All that came of it is told. */
  over(): void {
    this.#routine = false
  }
}
