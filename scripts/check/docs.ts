import { join } from 'node:path'
import { checkout, type Finding, runCheck } from './finding.ts'

/** A page, and what of which file makes its text. */
interface GeneratedPage {
  readonly page: string
  readonly generator: string
  readonly maker: string
}

const pages: readonly GeneratedPage[] = [
  { page: 'docs/settings.md', generator: 'scripts/lib/settings/options.ts', maker: 'settingsPage' },
  { page: 'docs/metrics.md', generator: 'scripts/lib/metrics/metrics-page.ts', maker: 'metricsPage' },
]

/** Checks that the generated pages are what their generators make; `--write` makes them anew. */
export async function checkDocs(root: string): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const each of pages) {
    const wanted = await textOf(root, each)
    const file = Bun.file(join(root, each.page))
    const found = (await file.exists()) ? await file.text() : ''
    if (found === wanted) continue
    const wantedLines = wanted.split('\n')
    const differs = found.split('\n').findIndex((line, index) => line !== wantedLines[index])
    const line = differs < 0 ? found.split('\n').length : differs + 1
    const what = `is not what ${each.generator} makes`
    findings.push({ file: each.page, line, what, mend: 'run bun scripts/check/docs.ts --write' })
  }
  return findings
}

/** Writes the generated pages. */
export async function writeDocs(root: string): Promise<void> {
  for (const each of pages) await Bun.write(join(root, each.page), await textOf(root, each))
}

async function textOf(root: string, { generator, maker }: GeneratedPage): Promise<string> {
  const module: unknown = await import(join(root, generator))
  const make: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, maker) : null
  const text: unknown = typeof make === 'function' ? make() : null
  if (typeof text !== 'string') throw new Error(`${generator} exports no ${maker}(): string`)
  return text
}

if (import.meta.main) {
  if (process.argv.includes('--write')) await writeDocs(checkout())
  else await runCheck(checkDocs)
}
