import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { run } from '../../tests/support/process.ts'
import { readBuildArguments } from './command-line.ts'
import { publishedManifest, type SourceManifest } from './manifest.ts'
import { withoutTsSpecifiers } from './packages.ts'

test.each<[string[], ReturnType<typeof readBuildArguments>]>([
  [[], { kind: 'binary', target: null }],
  [['bun-linux-arm64'], { kind: 'binary', target: 'bun-linux-arm64' }],
  [['--target=bun-linux-arm64'], { kind: 'binary', target: 'bun-linux-arm64' }],
  [['--packages'], { kind: 'packages' }],
  [['--help'], { kind: 'help' }],
  [['--package'], { kind: 'usage', problem: 'Unknown flag --package: did you mean --packages?' }],
  [['--minify'], { kind: 'usage', problem: 'Unknown flag --minify' }],
  [['--target='], { kind: 'usage', problem: 'Unknown flag --target=' }],
  [['a', '--target=b'], { kind: 'usage', problem: 'Several targets: a b; build one at a time' }],
  [['--packages', 'a'], { kind: 'usage', problem: 'Packages run on any machine: leave out the target a' }],
])('the arguments %p', (args, request) => {
  expect(readBuildArguments(args)).toEqual(request)
})

test('a wrong flag ends the build with 2 before it does anything, with a hint and the usage', async () => {
  const { code, stdout, stderr } = await run([process.execPath, join(import.meta.dir, '../build.ts'), '--package'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toStartWith('Unknown flag --package: did you mean --packages?\n\nUsage: bun run build')
})

test('declarations name emitted files', () => {
  const text = `import type { A } from './a.ts';\nexport * from "../b.ts";\nexport declare const c: typeof import('./c.ts').c;\nimport './d.js';\n/** Like './e.ts'. */\nimport { f } from 'f.ts';`
  expect(withoutTsSpecifiers(text)).toBe(
    `import type { A } from './a.js';\nexport * from "../b.js";\nexport declare const c: typeof import('./c.js').c;\nimport './d.js';\n/** Like './e.ts'. */\nimport { f } from 'f.ts';`,
  )
})

describe('package.json of a published package', () => {
  const source: SourceManifest = {
    name: '@novnc-tokens/stream',
    version: '1.2.3',
    description: 'Watches',
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.12' },
    exports: { '.': './index.ts', './sse': './sse/sse.ts' },
    dependencies: { '@novnc-tokens/api': 'workspace:*', parser: '4.1.3' },
  }
  const versions = new Map([['@novnc-tokens/api', '1.2.0']])

  test('names what is emitted, and exact versions', () => {
    expect(publishedManifest(source, versions)).toEqual({
      ...source,
      exports: {
        '.': { types: './index.d.ts', default: './index.js' },
        './sse': { types: './sse/sse.d.ts', default: './sse/sse.js' },
      },
      files: ['**/*.js', '**/*.d.ts'],
      dependencies: { '@novnc-tokens/api': '1.2.0', parser: '4.1.3' },
    })
  })

  test.each<[string, Partial<SourceManifest>]>([
    [
      '"@novnc-tokens/stream" depends on "parser" as "^4.1.3": give the exact version',
      { dependencies: { parser: '^4.1.3' } },
    ],
    [
      '"@novnc-tokens/stream" depends on "@novnc-tokens/apy", which is no package of this checkout',
      { dependencies: { '@novnc-tokens/apy': 'workspace:*' } },
    ],
    ['"@novnc-tokens/stream" exports "./index.js", which is no TypeScript', { exports: { '.': './index.js' } }],
  ])('is not made: %s', (message, change) => {
    expect(() => publishedManifest({ ...source, ...change }, versions)).toThrow(message)
  })

  test('lacks nothing', () => {
    const { license: _, ...incomplete } = source
    expect(() => publishedManifest(incomplete as SourceManifest, versions)).toThrow(
      'package.json of "@novnc-tokens/stream" lacks "license"',
    )
  })
})
