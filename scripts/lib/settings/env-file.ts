import { parseEnv } from 'node:util'

/** A value of an env file. */
export interface EnvValue {
  value: string
  /** Line of its name, from 1; null where the parser saw what the line scan did not. */
  line: number | null
}

/** An env file that was read. */
export interface EnvFile {
  values: ReadonlyMap<string, EnvValue>
  /** What was odd, each with its line; never a value. */
  notes: readonly string[]
}

/**
 * The values of an env file, by `parseEnv` of node:util: quotes, `export` and comments are understood, `$` is literal.
 * That parser is silent about what it drops, so a scan beside it tells the lines that it can't have understood.
 */
export function parseEnvFile(text: string): EnvFile {
  const parsed = parseEnv(text)
  const { lines, notes } = scan(text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/))
  const values = new Map<string, EnvValue>()
  for (const [name, value] of Object.entries(parsed)) {
    if (value !== undefined) values.set(name, { value, line: lines.get(name) ?? null })
  }
  for (const [name, line] of lines) {
    if (!values.has(name)) notes.push(`line ${line} is not understood and left out`)
  }
  return { values, notes }
}

function scan(lines: readonly string[]): { lines: Map<string, number>; notes: string[] } {
  const found = new Map<string, number>()
  const notes: string[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    const number = index + 1
    const match = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)\s*(.*)$/.exec(line)
    if (match === null) {
      notes.push(`line ${number} is left out: it is not of the form NAME=value`)
      continue
    }
    const [, name = '', value = ''] = match
    if (found.has(name)) notes.push(`line ${number} sets ${name} again: the last one counts`)
    found.set(name, number)
    const quoted = closeQuote(value, lines, index)
    if (quoted === null) {
      if (/\S#/.test(value)) notes.push(`line ${number}: what follows the # is left out; put the value in quotes`)
      continue
    }
    if (quoted.end === null) notes.push(`line ${number} begins with a quote that is never closed`)
    else if (!/^\s*(#|$)/.test(quoted.rest))
      notes.push(`line ${quoted.end + 1} goes on after its closing quote: that part is left out`)
    if (quoted.end !== null) index = quoted.end
  }
  return { lines: found, notes }
}

/** Where a quoted value ends (a value may hold line ends), and what follows there; null for a value without quotes. */
function closeQuote(
  value: string,
  lines: readonly string[],
  from: number,
): { end: number | null; rest: string } | null {
  const quote = /^['"`]/.exec(value)?.[0]
  if (quote === undefined) return null
  let text = value.slice(1)
  for (let index = from; index < lines.length; index++) {
    if (index > from) text = lines[index] ?? ''
    const close = text.indexOf(quote)
    if (close !== -1) return { end: index, rest: text.slice(close + 1) }
  }
  return { end: null, rest: '' }
}
