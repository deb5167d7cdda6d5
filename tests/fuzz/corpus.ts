import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomOf } from '../mock-abiquo/random.ts'
import { mutate } from './mutate.ts'
import type { Target } from './target.ts'

/** An input of the corpus: each target has a folder with files that it begins from, and that once failed. */
export interface Entry {
  readonly name: string
  readonly input: Uint8Array
}

/** The inputs of a target, sorted by their names. */
export function corpusOf({ name }: Pick<Target, 'name'>): readonly Entry[] {
  const folder = join(import.meta.dir, 'corpus', name)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((file) => ({ name: file, input: readFileSync(join(folder, file)) }))
}

/** The cases of a target: the same seed and number give the same input as long as the corpus stays as it is. */
export function casesOf(target: Target, seed: number): (index: number) => Uint8Array {
  const entries = corpusOf(target).map(({ input }) => input)
  return (index) => {
    const random = randomOf(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b))
    const entry = entries[Math.floor(random() * entries.length)] ?? new Uint8Array()
    return mutate(entry, { words: target.words, others: entries }, random)
  }
}

/** Runs a target with one input; what it chooses beside it depends on the input alone. */
export async function runCase(target: Target, input: Uint8Array): Promise<void> {
  const digest = createHash('md5').update(input).digest()
  await target.run(input, randomOf(digest.readUInt32LE(0)))
}
