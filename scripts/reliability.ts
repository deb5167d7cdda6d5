#!/usr/bin/env bun
/**
 * `bun run reliability` causes all faults that the tests know, and writes docs/reliability.md with what became of each
 * and how long recovery took.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reliabilityPage, renderPage } from '../tests/reliability/page.ts'
import { readResults } from '../tests/reliability/record.ts'
import { findTests, runTests } from './test/bun-test.ts'
import { faultResults } from './test/faults.ts'

async function reliability(): Promise<number> {
  using results = faultResults()
  const tests = await findTests('.')
  const files = tests.filter((path) => readFileSync(path, 'utf8').includes('recordFault('))
  const { failed } = await runTests(files, 120_000)
  if (failed > 0) {
    console.error(`${failed} failed: ${reliabilityPage} stays as it is`)
    return 1
  }
  await Bun.write(reliabilityPage, renderPage(readResults(results.folder)))
  console.log(`Wrote ${reliabilityPage}`)
  return 0
}

if (import.meta.main) {
  process.chdir(join(import.meta.dir, '..'))
  process.exitCode = await reliability()
}
