import { dirname, join, normalize } from 'node:path'
import { declaration, reexport } from './exports.ts'
import { type Finding, runCheck } from './finding.ts'

/** Checks that what users of a package can import has a doc comment: all that its index.ts exports, at any depth. */
export async function checkDocumented(root: string): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for await (const index of new Bun.Glob('packages/*/index.ts').scan({ cwd: root })) {
    findings.push(...(await undocumented(root, index, null)))
  }
  return findings
}

/**
 * @param names what is wanted of the file, or null for all that it exports
 */
async function undocumented(root: string, path: string, names: ReadonlySet<string> | null): Promise<Finding[]> {
  const file = Bun.file(join(root, path))
  if (!(await file.exists()))
    return [{ file: path, line: 1, what: 'is exported and not there', mend: 'drop its export' }]
  const text = await file.text()
  const findings: Finding[] = []
  const seen = new Set<string>()
  for (const match of text.matchAll(declaration)) {
    const name = match[1] ?? ''
    // Of overloads the first one carries the comment.
    if (seen.has(name) || (names !== null && !names.has(name))) continue
    seen.add(name)
    const before = text.slice(0, match.index)
    if (endsWithDoc(before)) continue
    const line = before.split('\n').length
    findings.push({ file: path, line, what: `exports ${name} without a doc comment`, mend: 'say what it is for' })
  }
  for (const [, list, target = ''] of text.matchAll(reexport)) {
    const wanted = list === undefined ? null : originalNames(list)
    findings.push(...(await undocumented(root, normalize(join(dirname(path), target)), wanted)))
  }
  return findings
}

function endsWithDoc(before: string): boolean {
  // A word to the linter may stand between.
  const trimmed = before.replace(/(?:\n\/\/ biome-ignore .*)+\n$/, '').trimEnd()
  return trimmed.endsWith('*/') && trimmed.lastIndexOf('/**') > trimmed.slice(0, -2).lastIndexOf('*/')
}

function originalNames(list: string): ReadonlySet<string> {
  const items = list.split(',').map((item) => item.trim().replace(/^type /, ''))
  return new Set(items.map((item) => item.split(' as ')[0] ?? '').filter((name) => name !== ''))
}

if (import.meta.main) await runCheck(checkDocumented)
