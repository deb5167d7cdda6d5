/**
 * Logical time: each trigger received and each request sent takes the next tick. So it is known of any answer whether it
 * may be older than another one, whatever order they arrive in.
 */
export type Tick = number

/** Gives out ticks. */
export class Ticks {
  #last: Tick = 0

  next(): Tick {
    return ++this.#last
  }
}
