#!/usr/bin/env bun
/**
 * Reads a token file over and over, by many readers at once, until TERM; then tells how many reads there were, and how
 * many of them saw something else than a whole file. Arguments: the path, the number of readers, the fewest lines of a
 * whole file.
 */
import { readFile } from 'node:fs/promises'

const [path = '', readers = '1', fewest = '0'] = process.argv.slice(2)
const whole = /^([0-9a-f]{32}: \S+:\d{1,5}\n)*$/
const counts = { reads: 0, torn: 0 }
let ended = false

async function reader(): Promise<void> {
  while (!ended) {
    const text = await readFile(path, 'utf8')
    counts.reads++
    if (!whole.test(text) || text.split('\n').length - 1 < Number(fewest)) counts.torn++
  }
}

process.once('SIGTERM', () => {
  ended = true
})
console.log('reading')
await Promise.all(Array.from({ length: Number(readers) }, reader))
console.log(JSON.stringify(counts))
