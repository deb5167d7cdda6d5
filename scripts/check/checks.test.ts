import { describe, expect, test } from 'bun:test'
import { tempFolder } from '../../tests/support/temp.ts'
import { checkCommands } from './commands.ts'
import { checkDocs, writeDocs } from './docs.ts'
import { checkDocumented } from './documented.ts'
import { type Check, render } from './finding.ts'
import { checkLength } from './length.ts'
import { checkLinks } from './links.ts'
import { checkMarkers } from './markers.ts'
import { checkQuietPackages } from './quiet-packages.ts'
import { checkTraces } from './traces.ts'

async function findings(check: Check, files: Readonly<Record<string, string>>): Promise<string[]> {
  await using folder = tempFolder()
  for (const [path, text] of Object.entries(files)) await folder.write(path, text)
  return (await check(folder.path)).map(render)
}

/** Puts together what this file itself must not hold in one piece. */
const joined = (...parts: string[]): string => parts.join('')

test('a package that prints or reads settings is found, words in comments are not', async () => {
  const text = [
    '/** Reads no process.env. */',
    'export const a = 1 // and no console.log',
    'console.error(a)',
    'f(process.env)',
  ]
  const found = await findings(checkQuietPackages, {
    'packages/api/a.ts': text.join('\n'),
    'packages/api/a.test.ts': 'console.log(1)',
    'scripts/run.ts': 'console.log(process.env)',
  })
  const mend = 'take it as an option, or tell it by a note'
  expect(found).toEqual([
    `packages/api/a.ts:3: uses console.error; ${mend}`,
    `packages/api/a.ts:4: uses process.env; ${mend}`,
  ])
})

test('an exported symbol needs a doc comment, at any depth of the index; what is not exported needs none', async () => {
  const found = await findings(checkDocumented, {
    'packages/api/index.ts':
      "/** The package. */\n\nexport { a, type B as Renamed } from './a.ts'\nexport * from './c.ts'\nexport { gone } from './gone.ts'\n",
    'packages/api/a.ts':
      '/** Documented. */\n// biome-ignore format: a table\nexport function a() {}\n\nexport interface B {}\n\nexport const hidden = 1\n',
    'packages/api/c.ts':
      "/** Of the file. */\nimport './x.ts'\n\nexport abstract class C {}\n/** One for both. */\nexport function d(x: string): void\nexport function d(x: number): void\n",
  })
  expect(found).toEqual([
    'packages/api/a.ts:5: exports B without a doc comment; say what it is for',
    'packages/api/c.ts:4: exports C without a doc comment; say what it is for',
    'packages/api/gone.ts:1: is exported and not there; drop its export',
  ])
})

describe('commands on the pages', () => {
  const help = async (_root: string, command: string): Promise<string | null> =>
    command === 'regen' ? '  -a, --api <url>\n  -f, --file <path>\n  --dry-run' : null
  const check: Check = (root) => checkCommands(root, help)
  const base = {
    'package.json': '{"scripts":{"demo":"bun scripts/demo.ts","format":"biome check"}}',
    'scripts/demo.ts': "parse('--stay')",
    'scripts/regen.ts': '',
  }
  const good = [
    'Use `novnc-tokens regen -a URL --file PATH --dry-run`, `npx -y bun@1.4.5 run demo --stay`, `bun run format`.',
    '```sh\nnovnc-tokens regen -a URL \\\n  --dry-run | sort --unique\n```',
    '`bun run scripts/regen.ts -f -`',
    'The words novnc-tokens sings --loud outside of code are prose.',
  ]
  test.each(good)('%s', async (text) => {
    expect(await findings(check, { ...base, 'README.md': text })).toEqual([])
  })
  const bad: [string, string][] = [
    ['`novnc-tokens sing`', "names 'novnc-tokens sing', which does not exist"],
    ['`novnc-tokens regen --loud`', "names --loud, which 'novnc-tokens regen' does not have"],
    ['`novnc-tokens regen -x`', "names -x, which 'novnc-tokens regen' does not have"],
    ['`novnc-tokens regen --dry`', "names --dry, which 'novnc-tokens regen' does not have"],
    ['```\nnovnc-tokens regen \\\n --loud\n```', "names --loud, which 'novnc-tokens regen' does not have"],
    ['    novnc-tokens regen --loud', "names --loud, which 'novnc-tokens regen' does not have"],
    ['`bun run dance`', "names 'bun run dance', which does not exist"],
    ['`bun run demo --leave`', "names --leave, which 'bun run demo' does not have"],
    ['`bun run scripts/gone.ts`', "names 'bun run scripts/gone.ts', which does not exist"],
  ]
  test.each(bad)('%s', async (text, what) => {
    const line = text.startsWith('```') ? 2 : 1
    expect(await findings(check, { ...base, 'README.md': text })).toEqual([
      `README.md:${line}: ${what}; correct the page, or add what it promises`,
    ])
  })
})

test('a link to a file that is not there is found', async () => {
  const text = '[a](docs/a.md) [b](docs/b.md#part) [c](https://example.com/c) [d](#d)'
  expect(await findings(checkLinks, { 'README.md': text, 'docs/a.md': '[up](../README.md)' })).toEqual([
    'README.md:1: links to docs/b.md; which is not there',
  ])
})

test('a generated page that differs from its generator is found at its first line that does, and can be written', async () => {
  await using folder = tempFolder()
  await folder.write('scripts/lib/settings/options.ts', "export const settingsPage = () => 'one\\ntwo\\nthree\\n'")
  await folder.write('docs/settings.md', 'one\n2\nthree\n')
  await folder.write('scripts/lib/metrics/metrics-page.ts', "export const metricsPage = () => 'one\\n'")
  await folder.write('docs/metrics.md', 'one\n')
  expect((await checkDocs(folder.path)).map(({ file, line }) => `${file}:${line}`)).toEqual(['docs/settings.md:2'])
  await writeDocs(folder.path)
  expect(await Bun.file(folder.file('docs/settings.md')).text()).toBe('one\ntwo\nthree\n')
  expect(await checkDocs(folder.path)).toEqual([])
})

test("a machine's own paths and registries are found, and any host in the lock file", async () => {
  const registry = joined('registry', '.example.com')
  const found = await findings(checkTraces, {
    'a.md': `See ${joined('/ho', 'me/me/notes')}.\nThe folder /opt/websockify and https://host/work/items are fine.`,
    '.npmrc': `x=https://${registry}/npm`,
    'bun.lock': `"a": ["a@1.0.0", ""],\n"b": ["b@1.0.0", "https://${registry}/b.tgz"],`,
  })
  expect(found).toEqual([
    `.npmrc:1: names a registry: ${registry}; say it in general terms`,
    `a.md:1: names a path of one machine: ${joined('/ho', 'me/me')}; say it in general terms`,
    'bun.lock:2: names a host; take the address out of this line',
  ])
})

test('notes to oneself and tests that are left out are found', async () => {
  const note = joined('TO', 'DO')
  const left = joined('test.', 'skip')
  const found = await findings(checkMarkers, {
    'packages/api/a.ts': `// ${note}: more`,
    'packages/api/a.test.ts': `test('a')\n${left}('b')`,
    'packages/api/b.ts': `${left} in prose, and mastodons`,
  })
  expect(found).toEqual([
    `packages/api/a.test.ts:2: has ${left}; a test runs always, or it is not there`,
    `packages/api/a.ts:1: has ${note}; do it now, or leave it to the tracker`,
  ])
})

test('a long file is warned of, which is no failure', async () => {
  const found = await findings(checkLength, { 'a.ts': 'x\n'.repeat(301), 'b.ts': 'x\n'.repeat(300) })
  expect(found).toEqual(['a.ts:1: warning: has 301 lines; look whether it is two files'])
})
