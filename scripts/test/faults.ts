import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problemsOf, reliabilityPage } from '../../tests/reliability/page.ts'
import { readResults, resultsVariable } from '../../tests/reliability/record.ts'
import type { Outcome } from './tally.ts'

/** Has tests that run from now on leave what became of each fault in a folder, for as long as it is not disposed. */
export function faultResults(): Disposable & { readonly folder: string } {
  const base = mkdtempSync(join(tmpdir(), 'novnc-tokens-faults-'))
  const folder = join(base, 'results')
  mkdirSync(folder)
  process.env[resultsVariable] = folder
  return {
    folder,
    [Symbol.dispose]() {
      delete process.env[resultsVariable]
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/**
 * Checks that the page of faults has what the tests of this run found, each within its bound.
 *
 * @param all whether the tests of all faults ran
 */
export async function checkFaults(folder: string, all: boolean): Promise<Outcome> {
  const page = existsSync(reliabilityPage) ? readFileSync(reliabilityPage, 'utf8') : ''
  const problems = problemsOf(page, readResults(folder), all)
  for (const problem of problems) console.log(`${reliabilityPage} ${problem}; run bun run reliability`)
  return { passed: problems.length === 0 ? 1 : 0, failed: problems.length, skipped: 0 }
}
