import { isProgram, readFiles } from './files.ts'
import { type Finding, runCheck } from './finding.ts'
import { codeLines } from './source.ts'

const outside =
  /\b(console\.\w+|process\.(?:env|stdout|stderr|stdin|argv|exit|exitCode)|Bun\.(?:env|stdout|stderr|argv))\b/

/**
 * Checks that the packages stay libraries: they never print, log, read settings or end the process. Which libraries
 * they may use is the matter of the check of imports.
 */
export async function checkQuietPackages(root: string): Promise<readonly Finding[]> {
  // What only tests use may be a program of its own.
  const wanted = (path: string) => /^packages\/(?!.*\/testing\/)/.test(path) && isProgram(path)
  const files = await readFiles(root, wanted)
  return files.flatMap(({ path, text }) =>
    codeLines(text).flatMap((line, index) => {
      const used = outside.exec(line)?.[1]
      if (used === undefined) return []
      return [{ file: path, line: index + 1, what: `uses ${used}`, mend: 'take it as an option, or tell it by a note' }]
    }),
  )
}

if (import.meta.main) await runCheck(checkQuietPackages)
