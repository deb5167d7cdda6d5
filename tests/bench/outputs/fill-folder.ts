#!/usr/bin/env bun
/**
 * Fills a folder that nobody has used, in a parent folder of its own, and prints the milliseconds that took:
 * `bun fill-folder.ts output|loop PARENT TOKENS`. By the output, as its runner tells it, or by a loop that writes and
 * renames the same files and does nothing else.
 */
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@novnc-tokens/api'
import { type Address, DirectoryOutput, Runner, type Token } from '@novnc-tokens/tokens'
import { waitFor } from '../../support/wait.ts'
import { consoles, found } from './consoles.ts'

/** Who fills the folder. */
export type Filler = 'output' | 'loop'

type Consoles = ReadonlyMap<Token, Address>

async function byOutput(path: string, all: Consoles): Promise<number> {
  const ending = new AbortController()
  await using output = new DirectoryOutput({ path })
  let took: number | null = null
  const runner = new Runner({
    output,
    guard: { share: null, confirmAfterMs: 0 },
    clock: systemClock,
    random: Math.random,
    note(note) {
      if (note.kind === 'written') took = note.durationMs
    },
    onChangedByOthers: () => {},
  })
  const running = runner.run(ending.signal)
  await runner.load()
  runner.push(found(all))
  const filled = await waitFor('the fill', () => took, { withinMs: 120_000 })
  ending.abort()
  await running
  return filled
}

function byLoop(path: string, beside: string, all: Consoles): number {
  const began = performance.now()
  mkdirSync(beside)
  for (const [token, { host, port }] of all) {
    const staged = `${beside}/${token}`
    const file = openSync(staged, 'wx', 0o640)
    writeSync(file, `${host}:${port}`)
    closeSync(file)
    renameSync(staged, `${path}/${token}`)
  }
  return performance.now() - began
}

if (import.meta.main) {
  const [filler = '', parent = '', count = ''] = process.argv.slice(2)
  const all = consoles(Number(count))
  const path = join(parent, 'tokens')
  mkdirSync(path, { recursive: true })
  console.log(filler === 'output' ? await byOutput(path, all) : byLoop(path, join(parent, 'staging'), all))
}
