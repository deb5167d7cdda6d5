/** One way into the program, and what must hold whatever comes in there. */
export interface Target {
  readonly name: string
  /** What is fed to what, in a line of the help. */
  readonly about: string
  /** Texts that mean something there: mutations put them in. */
  readonly words: readonly string[]
  /** The longest that one input may take, in ms: several times what the slowest needs. @default 20000 */
  readonly withinMs?: number
  /**
   * Feeds one input, and throws where something is not as it has to be. The same input has to do the same each time.
   *
   * @param random for choices that are no part of the input; begins anew with each input
   */
  run(input: Uint8Array, random: () => number): Promise<void>
}

/** Something that must not happen, in a sentence. */
export class Wrong extends Error {
  override readonly name = 'Wrong'
}

/** Throws unless something holds. */
export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Wrong(otherwise)
}
