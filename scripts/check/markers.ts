import { readFiles } from './files.ts'
import { type Finding, runCheck } from './finding.ts'

const patterns = [
  {
    // Written so that the check does not find itself.
    form: /\b(?:TO(?:DO)|FIX(?:ME)|XX(?:X))\b/,
    where: () => true,
    mend: 'do it now, or leave it to the tracker',
  },
  {
    form: /\b(?:test|it|describe)\.(?:skip|todo|only|if|skipIf|todoIf)\b/,
    where: (path: string) => path.endsWith('.test.ts'),
    mend: 'a test runs always, or it is not there',
  },
]

/** Checks that nothing is left for later: no notes to oneself, no test that is left out or run alone. */
export async function checkMarkers(root: string): Promise<readonly Finding[]> {
  const files = await readFiles(root, (path) => path !== 'bun.lock')
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) =>
      patterns.flatMap(({ form, where, mend }) => {
        const found = where(path) ? form.exec(line)?.[0] : undefined
        return found === undefined ? [] : [{ file: path, line: index + 1, what: `has ${found}`, mend }]
      }),
    ),
  )
}

if (import.meta.main) await runCheck(checkMarkers)
