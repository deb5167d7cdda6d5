/** Counts events by the two numbers at the end of their message, round and number, as in `soak-0-17....`. */
export class EventCount {
  readonly #inRound: number
  readonly #times: Uint8Array
  #seen = 0
  #twice = 0
  #late = 0
  #newest = 0

  constructor(rounds: number, inRound: number) {
    this.#inRound = inRound
    this.#times = new Uint8Array(rounds * inRound)
  }

  /** Whether each event came. */
  get isComplete(): boolean {
    return this.#seen === this.#times.length
  }

  /** Takes the message of an event; null and what is none of ours is passed over. */
  take(message: string | null): void {
    const [, round, number] = /-(\d+)-(\d+)\.*$/.exec(message ?? '') ?? []
    const index = Number(round) * this.#inRound + Number(number) - 1
    const times = this.#times[index]
    if (times === undefined) return
    if (times === 0) this.#seen++
    else this.#twice++
    if (index < this.#newest) this.#late++
    this.#newest = Math.max(this.#newest, index)
    this.#times[index] = Math.min(times + 1, 255)
  }

  /** Different events so far, events that came again, and events that came after a later one. */
  result(): { seen: number; twice: number; late: number } {
    return { seen: this.#seen, twice: this.#twice, late: this.#late }
  }
}
