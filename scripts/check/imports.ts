import { dirname, join, normalize } from 'node:path'
import { isProgram, readFiles, type SourceFile } from './files.ts'
import { type Finding, runCheck } from './finding.ts'
import { type Import, importsOf } from './source.ts'

/** From the bottom up: a package imports only those before it. */
const order = ['api', 'stream', 'tokens']
const scope = '@novnc-tokens/'

/**
 * Checks that imports run one way: scripts, tokens, stream, api. A package takes its own files, what its package.json
 * declares, and what Node has; the mock platform takes nothing of ours, so that it can't share our mistakes; and what
 * is built into the binary takes nothing of the tests. What unit tests share stands in testing/, where it may take that
 * of lower packages; no program takes anything of it. Unit tests are free.
 */
export async function checkImports(root: string): Promise<readonly Finding[]> {
  const files = await readFiles(root, (path) => isProgram(path) && /^(packages|scripts|tests)\//.test(path))
  const declared = new Map(
    await Promise.all(order.map(async (name) => [name, await dependencies(root, name)] as const)),
  )
  const shipped = reachable('scripts/novnc-tokens.ts', files)
  return files.flatMap((file) =>
    importsOf(file.text).flatMap((found) => {
      const problem = problemOf(file.path, found, declared, shipped)
      return problem === null ? [] : [{ file: file.path, line: found.line, ...problem }]
    }),
  )
}

type Problem = Pick<Finding, 'what' | 'mend'>

function problemOf(
  path: string,
  { specifier }: Import,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
  shipped: ReadonlySet<string>,
): Problem | null {
  const what = `imports '${specifier}'`
  const own = packageOf(path)
  const target = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : null
  if (target !== null && !/\.(ts|json)$/.test(target)) return { what, mend: 'name the file with its .ts' }
  if (own !== undefined) return packageProblem(path, specifier, target, declared.get(own) ?? new Set())
  if (path.startsWith('tests/mock-abiquo/') && (specifier.startsWith(scope) || target?.match(/^(packages|scripts)\//)))
    return { what, mend: 'the mock platform takes nothing of packages and scripts: write what Abiquo does anew' }
  if (shipped.has(path) && target?.startsWith('tests/'))
    return { what, mend: 'this file is part of the binary, which takes nothing of the tests' }
  if (target?.startsWith('packages/')) return { what, mend: `import from '${scope}${target.split('/')[1]}'` }
  return null
}

function packageProblem(
  path: string,
  specifier: string,
  target: string | null,
  declared: ReadonlySet<string>,
): Problem | null {
  const what = `imports '${specifier}'`
  const own = packageOf(path) ?? ''
  const self = `packages/${own}/`
  if (target === `${self}index.ts` || specifier === scope + own)
    return { what, mend: 'import the file itself, not through the index of its own package' }
  if (target !== null && isForTests(target)) {
    if (!isForTests(path)) return { what, mend: 'testing/ is for tests alone, and no part of what is published' }
    if (order.indexOf(packageOf(target) ?? '') <= order.indexOf(own)) return null
    return { what, mend: 'imports run one way: scripts, tokens, stream, api' }
  }
  if (target !== null)
    return target.startsWith(self) ? null : { what, mend: `a package imports other packages by '${scope}NAME' only` }
  if (specifier.startsWith('node:')) return null
  if (specifier.startsWith(scope)) {
    const other = specifier.slice(scope.length).split('/')[0] ?? ''
    if (order.indexOf(other) >= order.indexOf(own) || !order.includes(other))
      return { what, mend: 'imports run one way: scripts, tokens, stream, api' }
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  return declared.has(name) ? null : { what, mend: `declare '${name}' in packages/${own}/package.json, or do without` }
}

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1]
}

function isForTests(path: string): boolean {
  return /^packages\/[^/]+\/testing\//.test(path)
}

async function dependencies(root: string, name: string): Promise<ReadonlySet<string>> {
  const file = Bun.file(join(root, 'packages', name, 'package.json'))
  if (!(await file.exists())) return new Set()
  const manifest: { dependencies?: Record<string, string> } = await file.json()
  return new Set(Object.keys(manifest.dependencies ?? {}))
}

/** Files that are reached from one by relative imports, it included. */
function reachable(entry: string, files: readonly SourceFile[]): ReadonlySet<string> {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const seen = new Set<string>()
  const waiting = [entry]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = texts.get(path)
    if (text === undefined || seen.has(path)) continue
    seen.add(path)
    for (const { specifier } of importsOf(text)) {
      if (specifier.startsWith('.')) waiting.push(normalize(join(dirname(path), specifier)))
    }
  }
  return seen
}

if (import.meta.main) await runCheck(checkImports)
