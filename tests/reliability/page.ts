import { markdownTable } from '../../scripts/lib/markdown-table.ts'
import { type FaultResult, subjects } from './record.ts'

/** Where the page is, from the top of the checkout. */
export const reliabilityPage = 'docs/reliability.md'

const head = ['fault', 'has to', 'did', 'recovered after', 'at most']

const titles: Readonly<Record<FaultResult['subject'], string>> = {
  lists: 'Lists that are wrong',
  platform: 'The platform',
  network: 'The network',
  events: 'Events',
  clock: 'The clock',
  host: 'The host',
}

/** The page of faults in Markdown. */
export function renderPage(results: readonly FaultResult[]): string {
  const lines = [
    '# Reliability',
    '',
    '<!-- Made by the tests: `bun run reliability` runs them and writes this page. -->',
    '',
    'What goes wrong, what then has to happen, and what did, when the tests last wrote this page: the built binary as',
    'daemon against the mock platform on one machine of two cores. "Recovered after" is the time from the end of the',
    'fault, or of the wait that the platform asked for, until all was right again. Each run of the tests checks that the',
    'recovery keeps within its bound. Waits of minutes are shown with a clock that runs faster where that is said, and in',
    'real time by `bun run soak`. The longer an outage, the longer the pauses between tries, up to 30 s.',
    '',
    'In short: through all of it tokens stay, consoles that were known open, and what is missing is news: VMs that were',
    'deployed, moved or undeployed meanwhile. Once a fault is over, that is caught up with in seconds and without a person;',
    'only a log-in that was refused waits longer, for 5 to 30 minutes, unless HUP or a new password comes before.',
  ]
  for (const subject of subjects) {
    const rows = results.filter((result) => result.subject === subject)
    if (rows.length === 0) continue
    rows.sort((one, other) => (one.fault < other.fault ? -1 : 1))
    lines.push('', `## ${titles[subject]}`, '', ...markdownTable([head, ...rows.map(cellsOf)]))
  }
  return `${lines.join('\n')}\n`
}

function cellsOf({ fault, expected, happened, recoverySeconds, boundSeconds }: FaultResult): string[] {
  return [fault, expected, happened, `${recoverySeconds.toFixed(2)} s`, `${boundSeconds} s`]
}

/** What a row of the page says. */
interface Row {
  readonly fault: string
  readonly expected: string
  readonly recoverySeconds: number
  readonly boundSeconds: number
}

function rowsOf(page: string): Row[] {
  const lines = page.split('\n').filter((line) => line.startsWith('| '))
  const cells = lines.map((line) =>
    line
      .slice(2, -2)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  )
  return cells
    .filter((row) => row[0] !== head[0] && !/^-+$/.test(row[0] ?? ''))
    .map(([fault = '', expected = '', , recovery, bound]) => ({
      fault,
      expected,
      recoverySeconds: Number.parseFloat(recovery ?? ''),
      boundSeconds: Number.parseFloat(bound ?? ''),
    }))
}

/**
 * What is wrong with the page, given what the tests of a run found: rows that lack, are left over or say something else,
 * and recoveries that took too long. Measured figures may differ.
 *
 * @param all whether the tests of all faults ran
 */
export function problemsOf(page: string, results: readonly FaultResult[], all: boolean): string[] {
  const rows = new Map(rowsOf(page).map((row) => [row.fault, row]))
  const problems: string[] = []
  for (const { fault, expected, boundSeconds } of results) {
    const row = rows.get(fault)
    if (row === undefined) problems.push(`lacks the fault "${fault}"`)
    else if (row.expected !== expected || row.boundSeconds !== boundSeconds)
      problems.push(`says something else than the test of "${fault}"`)
  }
  const found = new Set(results.map(({ fault }) => fault))
  for (const { fault, recoverySeconds, boundSeconds } of rows.values()) {
    if (all && !found.has(fault)) problems.push(`has the fault "${fault}", which no test causes`)
    if (!(recoverySeconds <= boundSeconds)) problems.push(`tells a recovery beyond its bound: "${fault}"`)
  }
  return problems
}
