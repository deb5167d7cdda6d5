#!/usr/bin/env bun
/**
 * Runs cases of one target, one after the other, in a process of its own: an endless loop or a crash of the runtime then
 * takes nothing else with it. Before each case it leaves the case's number in a file, for whoever ends it.
 */
import { openSync, writeSync } from 'node:fs'
import { casesOf, corpusOf, runCase } from './corpus.ts'
import { mustBeUnpolluted } from './oracles.ts'
import { must, type Target } from './target.ts'

/** What a worker is to do. */
export interface WorkerPlan {
  readonly target: string
  /** Path of the module that has it among its `allTargets`. */
  readonly targets: string
  readonly seed: number
  /** Number of the first case; below 0 the inputs of the corpus come first, as they are. */
  readonly from: number
  /** It begins no case after so many milliseconds. */
  readonly forMs: number
  /** Path of the file with the number of the case. */
  readonly progress: string
}

/** What a worker tells when it ends. */
export interface WorkerReport {
  /** Number of the case after the last one. */
  readonly next: number
  /** What was wrong with that last one; null: nothing. */
  readonly failure: string | null
}

/** More than this resident is no fuzz but a leak, in MB: the cases themselves are small. */
const mostMb = 1500

async function work({ target: name, targets, seed, from, forMs, progress }: WorkerPlan): Promise<WorkerReport> {
  const { allTargets }: { allTargets: readonly Target[] } = await import(targets)
  const target = allTargets.find((each) => each.name === name)
  if (target === undefined) throw new RangeError(`There is no target "${name}"`)
  let unhandled: unknown = null
  const note = (error: unknown) => {
    unhandled ??= error
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  const file = openSync(progress, 'w')
  const corpus = corpusOf(target)
  const caseOf = casesOf(target, seed)
  const end = performance.now() + forMs
  let index = from
  for (; performance.now() < end; index++) {
    writeSync(file, String(index).padEnd(16), 0)
    const input = index < 0 ? corpus.at(index)?.input : caseOf(index)
    if (input === undefined) continue
    try {
      await runCase(target, input)
      mustBeUnpolluted()
      if (index % 64 === 0) {
        // What nobody waited for fails in a turn of its own.
        await new Promise((resolve) => setImmediate(resolve))
        must(process.memoryUsage.rss() < mostMb * 2 ** 20, `the process has over ${mostMb} MB`)
      }
      if (unhandled !== null) throw unhandled
    } catch (error) {
      return { next: index + 1, failure: textOf(error) }
    }
  }
  return { next: index, failure: null }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 2000)
  return `${error.name}: ${error.message.slice(0, 1000)}\n${(error.stack ?? '').split('\n').slice(1, 8).join('\n')}`
}

if (import.meta.main) {
  const report = await work(JSON.parse(process.argv[2] ?? '{}') as WorkerPlan)
  console.log(JSON.stringify(report))
  // Timers and bodies that a case left behind must not hold it up.
  process.exit(0)
}
