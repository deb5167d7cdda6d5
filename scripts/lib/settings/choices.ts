/**
 * One of a few words.
 * @throws RangeError for anything else
 */
export function parseChoice<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text)
  if (word !== undefined) return word
  throw new RangeError(`"${text}" is not one of ${words.join(', ')}`)
}
