import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Request, readArguments, usage } from './command-line.ts'
import { runCase } from './corpus.ts'
import { hunt, type Prey } from './hunt.ts'
import type { Target } from './target.ts'
import { allTargets } from './targets/all.ts'

/** The fuzz command: feeds the targets one after the other, tells what was found, and gives the exit code. */
export async function fuzz(args: readonly string[]): Promise<number> {
  let request: Request
  try {
    request = readArguments(args, allTargets)
  } catch (error) {
    console.error(`fuzz: ${error instanceof Error ? error.message : error}\n\n${usage(allTargets)}`)
    return 2
  }
  const { help, replay, targets } = request
  if (help) {
    console.log(usage(allTargets))
    return 0
  }
  const [target] = targets
  return replay !== null && target !== undefined ? await replayFile(target, replay) : await huntAll(request)
}

async function huntAll({ targets, minutes, seed: given }: Request): Promise<number> {
  const seed = given ?? Math.floor(Math.random() * 2 ** 31)
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new Error('interrupted'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  console.log(`Seed ${seed}`)
  let found = false
  try {
    for (const target of targets) {
      const forMs = (minutes * 60_000) / targets.length
      const { cases, prey } = await hunt(target, { seed, forMs, signal: interrupted.signal })
      console.log(`${target.name}: ${cases} inputs, ${prey === null ? 'nothing found' : 'FOUND'}`)
      if (prey !== null) console.log(tell(target, prey))
      found ||= prey !== null
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
    console.error('fuzz: interrupted')
    return 1
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
  return found ? 1 : 0
}

/** Leaves the input in a file, and says how to go on. */
function tell(target: Target, { name, input, what }: Prey): string {
  const path = join(mkdtempSync(join(tmpdir(), `fuzz-${target.name}-`)), name)
  writeFileSync(path, input)
  return `  ${what.replaceAll('\n', '\n  ')}\n  Again: bun run fuzz ${target.name} --replay ${path}\n  For ever: cp ${path} tests/fuzz/corpus/${target.name}/`
}

async function replayFile(target: Target, path: string): Promise<number> {
  try {
    await runCase(target, await Bun.file(path).bytes())
    console.log(`${target.name}: nothing found`)
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.stack : error)
    return 1
  }
}
