#!/usr/bin/env bun
/**
 * `bun run reliability` causes all faults that the tests know, and writes docs/reliability.md with what became of each
 * and how long recovery took.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { reliabilityPage, renderPage } from '../tests/reliability/page.ts'
import { readResults } from '../tests/reliability/record.ts'
import { findTests, runTests } from './test/bun-test.ts'
import { faultResults } from './test/faults.ts'

const usage = `Usage: bun run reliability

Causes all faults that the tests know, on this machine, which takes some minutes and wants it idle; then writes
${reliabilityPage} with what became of each, and how long recovery took. Where a test fails, the page stays as it is.

  -h, --help  show this

Exit codes: 0 written, 1 a test failed, 2 unknown flag.`

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

async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args, options: { help: { type: 'boolean', short: 'h' } } })
    if (values.help) {
      console.log(usage)
      return 0
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    return 2
  }
  process.chdir(join(import.meta.dir, '..'))
  return await reliability()
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2))
}
