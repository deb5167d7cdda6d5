/**
 * The test command. It runs on a machine that has only Bun, before anything is installed, so it and scripts/test
 * import nothing but what Bun and Node have.
 */
import { basename, join } from 'node:path'
import { nodeProblem, nodeVersion } from '../tests/support/node.ts'
import { missingPackages, needs } from '../tests/support/packages.ts'
import { findTests, runTests } from './test/bun-test.ts'
import { bunOnPath, oneCheck, preparation } from './test/children.ts'
import { type Request, readArguments, usage } from './test/command-line.ts'
import { installPackages } from './test/debian.ts'
import { checkFaults, faultResults } from './test/faults.ts'
import { Tally } from './test/tally.ts'

const checks: Readonly<Record<string, string>> = {
  imports: 'Imports run one way',
  'quiet-packages': 'Packages never print, log or read settings',
  'node-version': 'Packages use nothing that the oldest Node lacks',
  documented: 'What packages export is documented',
  examples: 'Examples compile, and give what they promise',
  commands: 'Commands and flags on the pages exist',
  links: 'Links between the pages lead somewhere',
  docs: 'Generated pages are fresh',
  traces: 'No place of one machine is named',
  markers: 'Nothing is left for later',
  length: 'Length of files',
}

const bun = process.execPath
const endToEnd = 'tests/end-to-end/'
const reliability = 'tests/reliability/'
const packed = 'tests/packages/'

async function main(request: Request, inCi: boolean): Promise<number> {
  const tally = new Tally(console.log, inCi)
  using results = faultResults()
  if (!(await tally.step('Set-up: bun ci', () => preparation([bun, 'ci'])))) return tally.close()
  const chosen = (path: string): boolean =>
    request.patterns.length === 0 || request.patterns.some((pattern) => path.includes(pattern))
  const files = (await findTests('.')).filter(chosen)
  if (files.length === 0) tally.skip('all tests', `no test file fits ${request.patterns.join(' or ') || 'at all'}`)
  if (request.patterns.length === 0) await runChecks(tally)
  const apart = [endToEnd, packed, reliability]
  const inside = files.filter((path) => !apart.some((folder) => path.startsWith(folder)))
  if (inside.length > 0) await tally.step('Unit and whole-system tests', () => runTests(inside, 20_000))
  const installed = files.filter((path) => path.startsWith(packed))
  if (installed.length > 0) await tryPackages(tally, installed)
  const install = request.install || inCi
  const faults = files.filter((path) => path.startsWith(reliability))
  if (faults.length > 0) await runWithParts(tally, 'Faults, and how long recovery takes', faults, install)
  const outside = files.filter((path) => path.startsWith(endToEnd))
  if (outside.length > 0) await runWithParts(tally, 'End-to-end tests', outside, install)
  if (request.patterns.length === 0) {
    await tally.step('Faults: docs/reliability.md has what the tests found', () =>
      checkFaults(results.folder, !tally.skipped),
    )
  }
  return tally.close()
}

async function runChecks(tally: Tally): Promise<void> {
  await tally.step('Types: bun check', () => oneCheck([bun, 'check', '--no-script']))
  const colours = process.stdout.isTTY ? 'force' : 'off'
  const biome = [bun, 'run', '--silent', '--bun', 'biome', 'ci', '--error-on-warnings', `--colors=${colours}`, '.']
  await tally.step('Lint and format: biome ci', () => oneCheck(biome))
  for (const [name, title] of Object.entries(checks)) {
    await tally.step(`${title}: scripts/check/${name}.ts`, () => oneCheck([bun, `scripts/check/${name}.ts`]))
  }
  await tally.step('Build: scripts/build.ts', () => oneCheck([bun, 'scripts/build.ts']))
}

async function tryPackages(tally: Tally, files: readonly string[]): Promise<void> {
  const problem = nodeProblem()
  if (problem !== null) return tally.skip(packed, `${problem}, where the packages are tried as others use them`)
  const title = `Packages: built, packed, installed; their examples on Node ${nodeVersion()} and Bun ${Bun.version}`
  await tally.step(title, () => runTests(files, 120_000))
}

/** Runs tests of which some need real parts, as Debian has them. */
async function runWithParts(tally: Tally, title: string, files: readonly string[], install: boolean): Promise<void> {
  const missingFor = (paths: readonly string[]): string[] =>
    missingPackages(paths.flatMap((path) => needs[basename(path)] ?? []))
  const missing = missingFor(files)
  if (missing.length > 0 && install) {
    await tally.step(`Debian packages: ${missing.join(' ')}`, async () => {
      await installPackages(missing)
      return { passed: 0, failed: 0, skipped: 0 }
    })
  }
  const lacking = install ? [] : files.filter((path) => missingFor([path]).length > 0)
  for (const path of lacking) {
    tally.skip(path, `missing Debian packages: ${missingFor([path]).join(' ')}; --install installs them (as root)`)
  }
  const able = files.filter((path) => !lacking.includes(path))
  if (able.length > 0) await tally.step(title, () => runTests(able, 120_000))
}

const request = readArguments(process.argv.slice(2))
if (request.unknown !== null) {
  console.error(`Unknown flag ${request.unknown}\n\n${usage}`)
  process.exitCode = 2
} else if (request.help) {
  console.log(usage)
} else {
  process.chdir(join(import.meta.dir, '..'))
  using _ = bunOnPath()
  process.exitCode = await main(request, /^(1|true)$/.test(process.env['CI'] ?? ''))
}
