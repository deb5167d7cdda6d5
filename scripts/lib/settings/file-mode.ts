/**
 * The mode of a file from its octal digits: `0640` or `640`.
 * @throws RangeError for anything else, for set-id and sticky bits, and for a mode that lets everyone write
 */
export function parseFileMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new RangeError(`"${text}" is not a mode of three octal digits such as 0640`)
  const mode = Number.parseInt(text, 8)
  if ((mode & 0o002) !== 0) throw new RangeError(`"${text}" lets everyone write the tokens: such as 0640`)
  return mode
}
