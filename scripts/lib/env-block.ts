import { parseEnvFile } from './settings/env-file.ts'

/** Single quotes first: within them every reader of such files takes all literally. */
const quotes = ["'", '`', '"']

/**
 * A line `NAME='value'` for an env file, quoted so that the reader of env files gives the value back.
 * @throws RangeError for a value that no quotes can hold
 */
export function envLine(name: string, value: string): string {
  for (const quote of quotes) {
    const line = `${name}=${quote}${value}${quote}`
    const { values, notes } = parseEnvFile(line)
    if (notes.length === 0 && values.size === 1 && values.get(name)?.value === value) return line
  }
  throw new RangeError(`The value of ${name} cannot be written as a line of an env file`)
}
