#!/usr/bin/env bun
/**
 * Reads all files of a folder of tokens over and over, by many readers at once, until TERM; then tells how many reads
 * there were, and how many of them saw something else than a whole file. Arguments: the path, the number of readers.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const [path = '', readers = '1'] = process.argv.slice(2)
const counts = { reads: 0, torn: 0 }
let ended = false

async function reader(): Promise<void> {
  while (!ended) {
    for (const name of await readdir(path)) {
      const content = await readFile(join(path, name), 'utf8').catch(() => null)
      // Gone meanwhile, or none of ours.
      if (content === null || !/^[0-9a-f]{32}$/.test(name)) continue
      counts.reads++
      if (createHash('md5').update(content.trimEnd()).digest('hex') !== name) counts.torn++
      if (ended) return
    }
  }
}

process.once('SIGTERM', () => {
  ended = true
})
console.log('reading')
await Promise.all(Array.from({ length: Number(readers) }, reader))
console.log(JSON.stringify(counts))
