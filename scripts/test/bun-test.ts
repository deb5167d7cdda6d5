import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { show } from './children.ts'
import { countReport } from './junit.ts'
import type { Outcome } from './tally.ts'

/** Paths of all test files of the checkout, sorted. */
export async function findTests(root: string): Promise<string[]> {
  const paths = await Array.fromAsync(new Bun.Glob('{packages,scripts,tests}/**/*.test.ts').scan({ cwd: root }))
  return paths.filter((path) => !path.includes('node_modules/')).sort()
}

/**
 * Runs test files and counts their tests from the runner's own report, so that a run that ends early, or a file that
 * can't be loaded, is a failure however its exit code reads.
 *
 * @param limitMs how long one test may take, where it does not say so itself
 */
export async function runTests(files: readonly string[], limitMs: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'novnc-tokens-report-'))
  const report = join(folder, 'junit.xml')
  try {
    const code = await show([
      process.execPath,
      'test',
      '--no-orphans',
      `--timeout=${limitMs}`,
      '--preload=./tests/support/preload.ts',
      '--reporter=junit',
      `--reporter-outfile=${report}`,
      ...files.map((file) => `./${file}`),
    ])
    const file = Bun.file(report)
    return countReport((await file.exists()) ? await file.text() : '', files, code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
