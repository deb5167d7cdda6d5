import { expect, test } from 'bun:test'
import { tempFolder } from '../../tests/support/temp.ts'
import { render } from './finding.ts'
import { checkNodeVersion } from './node-version.ts'

async function findings(node: string | null, lines: readonly string[]): Promise<string[]> {
  await using folder = tempFolder()
  const engines = node === null ? {} : { engines: { node } }
  await folder.write('packages/api/package.json', JSON.stringify(engines))
  await folder.write('packages/api/a.ts', lines.join('\n'))
  await folder.write('packages/api/a.test.ts', 'Array.fromAsync(a)')
  await folder.write('packages/api/testing/clock.ts', 'Promise.withResolvers()')
  await folder.write('scripts/run.ts', 'Bun.gc(true)')
  return (await checkNodeVersion(folder.path)).map(render)
}

const refused: [string, string][] = [
  ["const file = Bun.file('a')", 'uses Bun.file, which no Node has; use what Node has too'],
  ["import { RedisClient } from 'bun'", "uses from 'bun', which no Node has; use what Node has too"],
  [
    'const { promise } = Promise.withResolvers<void>()',
    'uses Promise.withResolvers, which Node has since 22.0, and not in 20.12; keep resolve and reject of a new Promise',
  ],
  [
    'const next = URL.parse(location)',
    'uses URL.parse, which Node has since 20.18, and not in 20.12; ask URL.canParse first, or catch',
  ],
  ['if (one.isSubsetOf(other)) f()', 'uses .isSubsetOf(, which Node has since 22.0, and not in 20.12; write a loop'],
  [
    'const names = map.keys().filter(wanted)',
    'uses .keys().filter(, which Node has since 22.0, and not in 20.12; spread it into an array first',
  ],
  [
    'using stack = new DisposableStack()',
    'uses DisposableStack, which Node has since 24.0, and not in 20.12; write try and finally',
  ],
]

test.each(refused)('%s: %s', async (line, what) => {
  expect(await findings('>=20.12', ['/** Promise.withResolvers in words. */', line])).toEqual([
    `packages/api/a.ts:2: ${what}`,
  ])
})

test('what the oldest supported Node has may be used', async () => {
  const lines = [
    "import { hash } from 'node:crypto'",
    'Object.keys(a).find(f)',
    'const bun = globalThis.Bun',
    'f(a.url)',
  ]
  expect(await findings('>=20.12', lines)).toEqual([])
  expect(await findings('>=22.1', ['URL.parse(a)', 'Promise.withResolvers()'])).toEqual([])
  expect(await findings('>=20.11', lines)).toEqual([
    "packages/api/a.ts:1: uses hash } from 'node:crypto', which Node has since 20.12, and not in 20.11; use createHash",
  ])
})

test('a package says which Node it needs', async () => {
  expect(await findings(null, [])).toEqual([
    'packages/api/package.json:1: has no engines.node; say the oldest Node, such as ">=20.12"',
  ])
})
