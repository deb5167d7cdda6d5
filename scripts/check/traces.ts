import { readFiles } from './files.ts'
import { type Finding, runCheck } from './finding.ts'

// Written so that the check does not find itself.
const traces = [
  { form: /(?<![\w.~\-/{}*])\/(?:home|root|Users|work|workspace)\/[\w.-]+/, what: 'a path of one machine' },
  {
    form: /\bregistry\.[\w-]+\.\w+|_auth[T]oken|\/\/[\w.-]*(?:artifactory|nexus|verdaccio|jfrog)\b/,
    what: 'a registry',
  },
]

/**
 * Checks that the checkout names no place that exists for its author only: a machine's own paths, or the registry that
 * packages came from. The lock file names no host at all, so that each installs from the registry it has.
 */
export async function checkTraces(root: string): Promise<readonly Finding[]> {
  const files = await readFiles(root)
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const at = { file: path, line: index + 1 }
      if (path === 'bun.lock')
        return /\w:\/\//.test(line) ? [{ ...at, what: 'names a host', mend: 'take the address out of this line' }] : []
      return traces.flatMap(({ form, what }) => {
        const found = form.exec(line)?.[0]
        return found === undefined ? [] : [{ ...at, what: `names ${what}: ${found}`, mend: 'say it in general terms' }]
      })
    }),
  )
}

if (import.meta.main) await runCheck(checkTraces)
