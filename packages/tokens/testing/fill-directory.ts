/** Writes the token lines of a file into a folder, for tests that kill it: `bun fill-directory.ts FOLDER FILE`. */
import { readFileSync } from 'node:fs'
import { DirectoryOutput } from '../outputs/directory.ts'
import { parseLines } from '../token/lines.ts'

const [, , path = '', file = ''] = process.argv
const output = new DirectoryOutput({ path })
const { lines } = parseLines(readFileSync(file, 'utf8'))
let told = false
await output.write(lines, null, {
  onProgress() {
    if (!told) process.stdout.write('writing\n')
    told = true
  },
})
// Whoever started it kills it.
setInterval(() => {}, 1000)
