const words: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['on', true],
  ['0', false],
  ['false', false],
  ['no', false],
  ['off', false],
  ['', false],
])

/**
 * The value of a switch, in any case: `1 true yes on`, `0 false no off` or empty.
 * @throws RangeError for anything else
 */
export function parseBoolean(text: string): boolean {
  const value = words.get(text.toLowerCase())
  if (value === undefined) throw new RangeError(`"${text}" is neither 1, true, yes, on nor 0, false, no, off`)
  return value
}
