import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { dirname, join, normalize } from 'node:path'
import { compiler, packageNames } from '../../scripts/build/packages.ts'
import { nodeProblem } from '../support/node.ts'
import { run } from '../support/process.ts'
import { programs, runProgram } from './examples.ts'
import { type Installed, installPackages } from './installed.ts'

const limitMs = 120_000
const found = await programs()
let installed: Installed

beforeAll(async () => {
  const problem = nodeProblem()
  if (problem !== null) throw new Error(`The packages can't be tried: ${problem}`)
  installed = await installPackages()
}, limitMs)

afterAll(() => installed?.[Symbol.asyncDispose]())

async function filesOf(name: string): Promise<string[]> {
  const files = new Bun.Glob('**').scan({ cwd: installed.packageFolder(name) })
  return (await Array.fromAsync(files)).filter((path) => !path.startsWith('node_modules/')).sort()
}

describe.each([...packageNames])('%s, packed and installed', (name) => {
  test('holds modules, each with its declarations, and what belongs to a package', async () => {
    const files = await filesOf(name)
    const modules = files.filter((path) => path.endsWith('.js')).map((path) => path.slice(0, -'.js'.length))
    expect(modules).toContain('index')
    const wanted = modules.flatMap((module) => [`${module}.js`, `${module}.d.ts`])
    expect(files).toEqual([...wanted, 'LICENSE', 'README.md', 'package.json'].sort())
    expect(files.filter((path) => /\btest(?:ing)?\b/.test(path))).toEqual([])
  })

  test('says what it is and what it needs', async () => {
    const manifest = await Bun.file(join(installed.packageFolder(name), 'package.json')).json()
    expect(manifest).toMatchObject({
      name: `@novnc-tokens/${name}`,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20.12' },
      exports: { '.': { types: './index.d.ts', default: './index.js' } },
    })
    for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test('names no source, nothing of Bun, and nothing beside itself', async () => {
    for (const path of (await filesOf(name)).filter((each) => /\.(?:js|d\.ts)$/.test(each))) {
      const text = await Bun.file(join(installed.packageFolder(name), path)).text()
      const specifiers = [...text.matchAll(/\b(?:from|import|types=)\s*\(?['"]([^'"\n]+)['"]/g)].map(
        (match) => match[1] ?? '',
      )
      const wrong = specifiers.filter((each) => {
        if (!each.startsWith('.')) return /^bun\b|\/bun$/.test(each)
        return each.endsWith('.ts') || normalize(join(dirname(path), each)).startsWith('..')
      })
      expect({ path, wrong }).toEqual({ path, wrong: [] })
    }
  })

  test('has modules that all load on Node', async () => {
    const paths = (await filesOf(name)).filter((path) => path.endsWith('.js'))
    const from = `./node_modules/@novnc-tokens/${name}/`
    const code = `for (const path of ${JSON.stringify(paths)}) await import('${from}' + path)\nconsole.log('loaded')`
    const path = await installed.folder.write(`load-${name}.mjs`, code)
    expect(await run(['node', path])).toEqual({ code: 0, signal: null, stdout: 'loaded\n', stderr: '' })
  })
})

test(
  'a strict consumer in TypeScript compiles, with the types of Node and none of Bun',
  async () => {
    await installed.folder.write('consumer.ts', await Bun.file(join(import.meta.dir, 'consumer.ts')).text())
    const settings = {
      compilerOptions: {
        target: 'ES2022',
        module: 'NodeNext',
        moduleResolution: 'NodeNext',
        types: ['node'],
        noEmit: true,
        skipLibCheck: false,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: true,
      },
      files: ['consumer.ts'],
    }
    await installed.folder.write('tsconfig.json', JSON.stringify(settings))
    const project = installed.folder.file('tsconfig.json')
    const { code, stdout } = await run(compiler('--project', project, '--pretty', 'false'), { withinMs: limitMs })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  },
  limitMs,
)

test('each package has an example that runs', () => {
  const pages = new Set(found.map(({ file }) => file))
  expect([...pages]).toEqual(packageNames.map((name) => `packages/${name}/README.md`))
})

const runs = ['node', 'bun'].flatMap((runtime) =>
  found.map((block) => [block.file, block.line, runtime, block] as const),
)
test.concurrent.each(runs)(
  'the example of %s, line %d, runs on %s to its end',
  async (_file, _line, runtime, block) => {
    const { code, stdout, stderr } = await runProgram(installed.folder, block, runtime)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toBe('')
  },
  limitMs,
)
