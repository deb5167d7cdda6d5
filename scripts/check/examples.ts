import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Block, bareExamples, blocksOf } from './examples/blocks.ts'
import { type CheckedCode, checkedCode } from './examples/promises.ts'
import { type Surroundings, surroundingsOf } from './examples/surroundings.ts'
import { readFiles } from './files.ts'
import { checkout, type Finding, runCheck } from './finding.ts'

/** An example as it is checked. */
interface Example extends CheckedCode {
  readonly block: Block
  readonly surroundings: Surroundings
}

/** Files of the temporary folder, by the number of the example. */
const toCompile = (index: number): string => `example-${index}.ts`
const toRun = (index: number): string => `run-${index}.ts`

/**
 * Checks the examples of the packages: each block of TypeScript in a doc comment, and of TypeScript or JavaScript in a
 * README. All are compiled. Those of TypeScript that promise a value by a comment (`f(x) // 'value'`) and make all
 * that they use are run, and what they give is compared with what they promise.
 */
export async function checkExamples(root: string): Promise<readonly Finding[]> {
  const files = await readFiles(root, (path) => /^packages\/[^/]+\/(?:README\.md|.*\.ts)$/.test(path))
  const sources = files.filter(({ path }) => !path.endsWith('.test.ts'))
  const examples = await Promise.all(
    sources.flatMap(blocksOf).map(async (block): Promise<Example> => {
      const checked = block.language === 'ts' ? checkedCode(block.code) : { code: block.code, promises: 0, stray: [] }
      return { ...checked, block, surroundings: await surroundingsOf(root, block) }
    }),
  )
  const folder = mkdtempSync(join(tmpdir(), 'novnc-tokens-examples-'))
  try {
    await writeProject(root, folder)
    const compiled = await compile(folder, examples)
    const ran = await run(folder, examples)
    const bare = sources
      .filter(({ path }) => path.endsWith('.ts'))
      .flatMap(({ path, text }) => bareExamples(text).map((line) => ({ file: path, line, ...unfenced })))
    return [...bare, ...examples.flatMap(strays), ...compiled, ...ran]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const unfenced = { what: 'has an example outside a ```ts block', mend: 'put it into one, so that it is checked' }

function strays({ block, stray }: Example): Finding[] {
  const mend = 'put it behind an expression, or say it in words'
  return stray.map((line) => ({ file: block.file, line: block.line + line, what: 'promises a value of nothing', mend }))
}

/** The settings of the checkout's own sources, but for what is a matter of style. */
async function writeProject(root: string, folder: string): Promise<void> {
  const settings = {
    extends: join(checkout(), 'tsconfig.json'),
    compilerOptions: {
      typeRoots: [join(checkout(), 'node_modules/@types')],
      paths: { '@novnc-tokens/*': [join(root, 'packages/*/index.ts')] },
      verbatimModuleSyntax: false,
      // A program in JavaScript has no types to give.
      noImplicitAny: false,
      noPropertyAccessFromIndexSignature: false,
    },
    include: ['example-*.ts'],
  }
  await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify(settings))
}

async function compile(folder: string, examples: readonly Example[]): Promise<Finding[]> {
  for (const [index, { block, surroundings }] of examples.entries()) {
    await Bun.write(join(folder, toCompile(index)), `${surroundings.line}\n${block.code}\n`)
  }
  if (examples.length === 0) return []
  const { code, output } = await finish([process.execPath, 'check', '--no-pretty', '--all'], folder)
  const form = /^example-(\d+)\.ts\((\d+),\d+\): error \w+: (.*)$/gm
  const findings = [...output.matchAll(form)].flatMap(([, index, line, message]) => {
    const block = examples[Number(index)]?.block
    if (block === undefined) return []
    const what = `has an example that does not compile: ${message}`
    // The first line holds what was put before it.
    return [{ file: block.file, line: block.line + Math.max(Number(line) - 2, 0), what, mend: 'correct it' }]
  })
  // What is wrong with the sources themselves is told by the check of types.
  if (code !== 0 && !/: error TS\d+:/.test(output)) throw new Error(`The examples can't be compiled:\n${output}`)
  return findings
}

async function run(folder: string, examples: readonly Example[]): Promise<Finding[]> {
  const imports: string[] = []
  for (const [index, { block, code, promises, surroundings }] of examples.entries()) {
    if (promises === 0 || surroundings.declaredOnly) continue
    await Bun.write(join(folder, toRun(index)), `${surroundings.line}\n${code}\n`)
    imports.push(JSON.stringify({ path: `./${toRun(index)}`, file: block.file, line: block.line }))
  }
  if (imports.length === 0) return []
  const runner = JSON.stringify(join(import.meta.dir, 'examples/runner.ts'))
  await Bun.write(
    join(folder, 'main.ts'),
    `import { run } from ${runner}\nawait run([${imports.join(', ')}], import.meta.dir)\n`,
  )
  const { code, output } = await finish([process.execPath, 'main.ts'], folder)
  const told = output.trim().split('\n').at(-1) ?? ''
  if (code !== 0 || !told.startsWith('[')) throw new Error(`The examples can't be run:\n${output}`)
  return JSON.parse(told)
}

async function finish(command: string[], cwd: string): Promise<{ code: number; output: string }> {
  const child = Bun.spawn(command, { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeout: 30_000 })
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, output: `${errors}${output}` }
}

if (import.meta.main) await runCheck(checkExamples)
