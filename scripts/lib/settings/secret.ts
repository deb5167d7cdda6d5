const shown = '[secret]'

/** A value that must not be shown: printing, logging, interpolating or serialising it gives `[secret]`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it only where it goes on the wire. */
  reveal(): string {
    return this.#value
  }

  /** Whether the other secret holds the same value: tells if a reload changed anything. */
  equals(other: Secret): boolean {
    return this.#value === other.#value
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shown
  }
}
