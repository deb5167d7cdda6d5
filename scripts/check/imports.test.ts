import { describe, expect, test } from 'bun:test'
import { tempFolder } from '../../tests/support/temp.ts'
import { render } from './finding.ts'
import { checkImports } from './imports.ts'

async function findings(files: Readonly<Record<string, string>>): Promise<string[]> {
  await using folder = tempFolder()
  const manifest = (dependencies: Record<string, string>): string => JSON.stringify({ dependencies })
  await folder.write('packages/api/package.json', manifest({ 'fast-xml-parser': '1.0.0' }))
  await folder.write('packages/stream/package.json', manifest({ '@novnc-tokens/api': '1.0.0' }))
  await folder.write('packages/tokens/package.json', manifest({ '@novnc-tokens/stream': '1.0.0' }))
  for (const [path, text] of Object.entries(files)) await folder.write(path, text)
  return (await checkImports(folder.path)).map(render)
}

describe('what may be imported', () => {
  const allowed: [string, string][] = [
    ['packages/api/xml.ts', "import { XMLParser } from 'fast-xml-parser'"],
    ['packages/api/xml.ts', "import { join } from 'node:path'"],
    ['packages/api/deep/xml.ts', "export * from '../errors.ts'"],
    ['packages/stream/watch.ts', "import type { Clock } from '@novnc-tokens/api'"],
    ['packages/stream/watch.test.ts', "import { startMock } from '../../tests/mock-abiquo/index.ts'"],
    ['packages/stream/testing/listening.ts', "import { FakeClock } from '../../api/testing/fake-clock.ts'"],
    ['packages/api/testing/client.ts', "import { FakeClock } from './fake-clock.ts'"],
    ['scripts/run.ts', "import { Keeper } from '@novnc-tokens/tokens'"],
    ['scripts/demo.ts', "import { startMock } from '../tests/mock-abiquo/index.ts'"],
    ['tests/system/daemon.ts', "import { readSettings } from '../../scripts/lib/settings/settings.ts'"],
    ['tests/mock-abiquo/rest.ts', "import { hold } from '../support/ports.ts'"],
    ['packages/api/xml.ts', "/**\n * import { hidden } from 'hono'\n */"],
  ]
  test.each(allowed)('%s: %s', async (path, text) => {
    expect(await findings({ [path]: text })).toEqual([])
  })
})

describe('what may not be imported', () => {
  const refused: [string, string, string][] = [
    ['packages/api/log.ts', "import pino from 'pino'", "declare 'pino' in packages/api/package.json, or do without"],
    ['packages/api/up.ts', "import '@novnc-tokens/stream'", 'imports run one way: scripts, tokens, stream, api'],
    ['packages/stream/up.ts', "import '@novnc-tokens/tokens'", 'imports run one way: scripts, tokens, stream, api'],
    [
      'packages/tokens/skip.ts',
      "import '@novnc-tokens/api'",
      "declare '@novnc-tokens/api' in packages/tokens/package.json, or do without",
    ],
    [
      'packages/api/a.ts',
      "import { b } from './index.ts'",
      'import the file itself, not through the index of its own package',
    ],
    [
      'packages/api/a.ts',
      "import '@novnc-tokens/api'",
      'import the file itself, not through the index of its own package',
    ],
    [
      'packages/api/a.ts',
      "import { b } from '../stream/b.ts'",
      "a package imports other packages by '@novnc-tokens/NAME' only",
    ],
    [
      'packages/api/a.ts',
      "import { b } from '../../scripts/b.ts'",
      "a package imports other packages by '@novnc-tokens/NAME' only",
    ],
    [
      'packages/api/a.ts',
      "const b = await import('../../tests/b.ts')",
      "a package imports other packages by '@novnc-tokens/NAME' only",
    ],
    [
      'packages/api/a.ts',
      "import { FakeClock } from './testing/fake-clock.ts'",
      'testing/ is for tests alone, and no part of what is published',
    ],
    [
      'packages/api/testing/watching.ts',
      "import { watching } from '../../stream/testing/watching.ts'",
      'imports run one way: scripts, tokens, stream, api',
    ],
    [
      'packages/stream/testing/watching.ts',
      "import { Slots } from '../../api/slots.ts'",
      "a package imports other packages by '@novnc-tokens/NAME' only",
    ],
    ['packages/api/a.ts', "import { serve } from 'bun'", "declare 'bun' in packages/api/package.json, or do without"],
    ['packages/api/a.ts', "import { b } from './b'", 'name the file with its .ts'],
    ['scripts/run.ts', "import { b } from '../packages/api/b.ts'", "import from '@novnc-tokens/api'"],
    [
      'tests/mock-abiquo/rest.ts',
      "import type { Vm } from '@novnc-tokens/api'",
      'the mock platform takes nothing of packages and scripts: write what Abiquo does anew',
    ],
    [
      'tests/mock-abiquo/rest.ts',
      "import { x } from '../../scripts/lib/log/log.ts'",
      'the mock platform takes nothing of packages and scripts: write what Abiquo does anew',
    ],
  ]
  test.each(refused)('%s: %s', async (path, text, mend) => {
    const specifier = /'(.+)'/.exec(text)?.[1]
    expect(await findings({ [path]: `\n${text}\n` })).toEqual([`${path}:2: imports '${specifier}'; ${mend}`])
  })
})

test('what the binary is built of takes nothing of the tests, at any depth', async () => {
  const found = await findings({
    'scripts/novnc-tokens.ts': "import { run } from './run.ts'",
    'scripts/run.ts': "import {\n  wait,\n} from '../tests/support/wait.ts'",
    'scripts/demo.ts': "import { wait } from '../tests/support/wait.ts'",
  })
  expect(found).toEqual([
    "scripts/run.ts:3: imports '../tests/support/wait.ts'; this file is part of the binary, which takes nothing of the tests",
  ])
})
