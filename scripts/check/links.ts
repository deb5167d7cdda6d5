import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readFiles } from './files.ts'
import { type Finding, runCheck } from './finding.ts'

/** Checks that links between the checkout's own pages lead to files that are there. */
export async function checkLinks(root: string): Promise<readonly Finding[]> {
  const pages = await readFiles(root, (path) => path.endsWith('.md'))
  return pages.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) =>
      [...line.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(path), target)))
        .map((target) => ({ file: path, line: index + 1, what: `links to ${target}`, mend: 'which is not there' })),
    ),
  )
}

if (import.meta.main) await runCheck(checkLinks)
