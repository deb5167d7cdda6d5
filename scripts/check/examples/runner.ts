import { join } from 'node:path'
import type { Finding } from '../finding.ts'
import { readPromise } from './literal.ts'

/** An example to run: a module, and where it was taken from. */
export interface RunnableExample {
  readonly path: string
  readonly file: string
  readonly line: number
}

/**
 * Runs examples one after the other, compares each promise with what it gives, and prints the findings as one line of
 * JSON.
 *
 * @param folder where the modules are
 */
export async function run(examples: readonly RunnableExample[], folder: string): Promise<void> {
  const findings: Finding[] = []
  for (const { path, file, line } of examples) {
    const find = (offset: number, what: string): void => {
      findings.push({
        file,
        line: line + offset,
        what: `has an example that ${what}`,
        mend: 'correct the example or the code',
      })
    }
    const expect: Expect = async (offset, evaluate, comment) => {
      const problem = await compare(evaluate, comment)
      if (problem !== null) find(offset, problem)
    }
    Reflect.set(globalThis, '__expect', expect)
    await import(join(folder, path)).catch((error: unknown) => find(0, `fails: ${error}`))
  }
  console.log(JSON.stringify(findings))
}

type Expect = (offset: number, evaluate: () => Promise<[unknown]>, comment: string) => Promise<void>

async function compare(evaluate: () => Promise<[unknown]>, comment: string): Promise<string | null> {
  const promised = readPromise(comment)
  const given = await evaluate().then(
    ([value]) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (promised === 'throws') return 'error' in given ? null : `promises an error and gives ${shown(given.value)}`
  if (promised === null) return null
  if ('error' in given) return `promises ${shown(promised.value)} and throws ${given.error}`
  if (Bun.deepEquals(given.value, promised.value)) return null
  return `promises ${shown(promised.value)} and gives ${shown(given.value)}`
}

function shown(value: unknown): string {
  return Bun.inspect(value, { depth: 10, compact: true }).replace(/\s+/g, ' ')
}
