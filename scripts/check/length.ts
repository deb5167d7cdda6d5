import { readFiles } from './files.ts'
import { type Finding, runCheck } from './finding.ts'

const longLines = 300

/** Warns of files that hold more than one concept, as their length tells. */
export async function checkLength(root: string): Promise<readonly Finding[]> {
  const files = await readFiles(root, (path) => path.endsWith('.ts'))
  return files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    if (lines <= longLines) return []
    return [{ file: path, line: 1, what: `has ${lines} lines`, mend: 'look whether it is two files', warning: true }]
  })
}

if (import.meta.main) await runCheck(checkLength)
