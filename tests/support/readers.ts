#!/usr/bin/env bun
/**
 * Reads a token file over and over, by many readers at once, until TERM; then tells how many reads there were, how many
 * versions of the file they saw, and how many reads saw something else than a whole file: no file, a line that is none, a
 * token that is not its address's, lines out of order, too few lines. Arguments: the path, the number of readers, the
 * fewest lines of a whole file, milliseconds between two reads of one reader.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

const [path = '', readers = '1', fewest = '0', everyMs = '0'] = process.argv.slice(2)
const line = /^([0-9a-f]{32}): (\S+:[1-9]\d{0,4})$/
const counts = { reads: 0, torn: 0, versions: 0, first: '' }
/** Tokens that were found right, by their lines. */
const right = new Map<string, string>()
let latest: string | null = null
let ended = false

async function reader(): Promise<void> {
  while (!ended) {
    if (everyMs !== '0') await new Promise((resolve) => setTimeout(resolve, Number(everyMs)))
    const text = await readFile(path, 'utf8').catch((error: unknown) => `${error}`)
    counts.reads++
    if (text === latest) continue
    const wrong = wrongWith(text)
    if (wrong === null) {
      counts.versions++
      latest = text
    } else {
      counts.torn++
      counts.first ||= wrong
    }
  }
}

/** What is wrong with what was read; null where nothing is. */
function wrongWith(text: string): string | null {
  const lines = text.split('\n')
  if (lines.pop() !== '') return `the end: ${text.slice(-80)}`
  if (lines.length < Number(fewest)) return `${lines.length} lines`
  let before = ''
  for (const each of lines) {
    const token = right.get(each) ?? tokenIn(each)
    if (token === null) return `no token line: ${each}`
    if (token <= before) return `${token} after ${before}`
    right.set(each, token)
    before = token
  }
  return null
}

function tokenIn(text: string): string | null {
  const [, token, address] = line.exec(text) ?? []
  if (token === undefined || address === undefined) return null
  return createHash('md5').update(address).digest('hex') === token ? token : null
}

process.once('SIGTERM', () => {
  ended = true
})
console.log('reading')
await Promise.all(Array.from({ length: Number(readers) }, reader))
console.log(JSON.stringify(counts))
