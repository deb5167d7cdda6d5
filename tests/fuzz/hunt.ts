import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'
import { casesOf, corpusOf } from './corpus.ts'
import type { Target } from './target.ts'
import type { WorkerPlan, WorkerReport } from './worker.ts'

/** How long to look for what, and how. */
export interface HuntOptions {
  readonly seed: number
  readonly forMs: number
  readonly signal?: AbortSignal
  /** Path of the module that has the target among its `allTargets`. @default that of all targets */
  readonly targets?: string
}

/** An input that does what must not be, and what that is. */
export interface Prey {
  /** As a name of a file: of the corpus, or made of seed and number. */
  readonly name: string
  readonly input: Uint8Array
  readonly what: string
}

/** What a hunt came to. */
export interface Bag {
  /** How many inputs were tried. */
  readonly cases: number
  readonly prey: Prey | null
}

const defaultWithinMs = 20_000
/** A worker is replaced now and then, lest what one case left behind decides over another. */
const longestWorkMs = 30_000

/** Feeds a target its corpus, and then mutations of it until the time is over or something is found. */
export async function hunt(target: Target, options: HuntOptions): Promise<Bag> {
  const { seed, forMs, signal, targets = join(import.meta.dir, 'targets/all.ts') } = options
  const first = -corpusOf(target).length
  const end = performance.now() + forMs
  let from = first
  for (let left = forMs; left > 0 || from < 0; left = end - performance.now()) {
    signal?.throwIfAborted()
    const share = { from, seed, targets, forMs: Math.min(Math.max(left, 1), longestWorkMs) }
    const { next, failure } = await work(target, share, signal)
    if (failure !== null) return { cases: next - first, prey: preyOf(target, seed, next - 1, failure) }
    from = next
  }
  return { cases: from - first, prey: null }
}

function preyOf(target: Target, seed: number, index: number, what: string): Prey {
  const entry = index < 0 ? corpusOf(target).at(index) : undefined
  if (entry !== undefined) return { ...entry, what }
  return { name: `seed-${seed}-case-${index}.txt`, input: casesOf(target, seed)(index), what }
}

type Share = Omit<WorkerPlan, 'target' | 'progress'>

/** Has one process run cases; one that stands still is ended, and its case has failed. */
async function work(
  { name, withinMs = defaultWithinMs }: Target,
  share: Share,
  signal?: AbortSignal,
): Promise<WorkerReport> {
  await using folder = tempFolder()
  const progress = await folder.write('case', String(share.from))
  const plan: WorkerPlan = { target: name, progress, ...share }
  await using worker = start([process.execPath, join(import.meta.dir, 'worker.ts'), JSON.stringify(plan)])
  let last = ''
  let since = performance.now()
  while (worker.ended() === null) {
    if (signal?.aborted) {
      worker.signal('SIGKILL')
      await worker.exited
      signal.throwIfAborted()
    }
    const now = readFileSync(progress, 'utf8')
    if (now !== last) since = performance.now()
    last = now
    if (performance.now() - since > withinMs) {
      worker.signal('SIGKILL')
      await worker.exited
      return { next: Number(last) + 1, failure: `It took over ${withinMs} ms` }
    }
    await Promise.race([worker.exited, sleep(50)])
  }
  const told = worker.stdout().trim().split('\n').at(-1) ?? ''
  if (told.startsWith('{')) return JSON.parse(told) as WorkerReport
  const exit = worker.ended()
  const how = `The process ended by ${exit?.signal ?? exit?.code}: ${worker.stderr().slice(-1000)}`
  return { next: Number(readFileSync(progress, 'utf8')) + 1, failure: how }
}
