import { join } from 'node:path'
import { checkout, type Finding, runCheck } from './finding.ts'

const page = 'docs/settings.md'
const generator = 'scripts/lib/options.ts'

/** Checks that the page of settings is what the table of settings makes of it; `--write` makes it anew. */
export async function checkDocs(root: string): Promise<readonly Finding[]> {
  const wanted = await settingsPage(root)
  const file = Bun.file(join(root, page))
  const found = (await file.exists()) ? await file.text() : ''
  if (found === wanted) return []
  const wantedLines = wanted.split('\n')
  const differs = found.split('\n').findIndex((line, index) => line !== wantedLines[index])
  const line = differs < 0 ? found.split('\n').length : differs + 1
  return [{ file: page, line, what: `is not what ${generator} makes`, mend: 'run bun scripts/check/docs.ts --write' }]
}

/** Writes the page of settings. */
export async function writeDocs(root: string): Promise<void> {
  await Bun.write(join(root, page), await settingsPage(root))
}

async function settingsPage(root: string): Promise<string> {
  const module: unknown = await import(join(root, generator))
  if (typeof module !== 'object' || module === null || !('settingsPage' in module)) throw new Error(missing)
  const { settingsPage: make } = module
  const text: unknown = typeof make === 'function' ? make() : null
  if (typeof text !== 'string') throw new Error(missing)
  return text
}

const missing = `${generator} exports no settingsPage(): string`

if (import.meta.main) {
  if (process.argv.includes('--write')) await writeDocs(checkout())
  else await runCheck(checkDocs)
}
