import type { Bench } from '../bench.ts'
import { pause } from '../daemon-site.ts'
import { childProgram } from '../outputs/child-program.ts'
import type { Filler } from '../outputs/fill-folder.ts'

/** ext4 goes on with what was deleted before, and gives its inodes out again in whatever order that left them. */
const quietMs = 30_000

/** The first fill of a folder of tokens, against a loop that only writes and renames as many files. */
export const outputsFolder: Bench = {
  name: 'outputs-folder',
  about: 'folder, 100k tokens: first fill, against a loop that only writes and renames as many files',
  withinMs: 900_000,
  async run({ folder, quick, say, signal }) {
    const [count, rounds] = quick ? [2000, 2] : [100_000, 3]
    if (!quick) await pause(quietMs, signal)
    say(`${rounds} times both, ${count / 1000}k files each; they are deleted at the end, which takes longest`)
    const found: Record<Filler, number[]> = { output: [], loop: [] }
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (['output', 'loop'] as const) : (['loop', 'output'] as const)
      for (const filler of order) {
        const parent = folder.file(`${round}-${filler}`)
        found[filler].push(await childProgram<number>(signal, 'fill-folder', [filler, parent, count]))
      }
    }
    return [
      {
        what: `folder, ${count / 1000}k tokens: first fill, as the runner of the output sees it`,
        unit: 'ms',
        samples: found.output,
        floor: { what: 'a loop that writes and renames', samples: found.loop, inTurns: true },
        limit: { of: 'ratio', most: 1.3 },
      },
    ]
  },
}
