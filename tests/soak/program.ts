import { markdownTable } from '../../scripts/lib/markdown-table.ts'
import { type Request, readArguments, usage } from './command-line.ts'
import type { Finding, Soak } from './soak.ts'
import { allSoaks } from './soaks/all.ts'

/** The soak command: runs the soaks one after the other, prints what they found, and gives the exit code. */
export async function soak(args: readonly string[]): Promise<number> {
  let request: Request
  try {
    request = readArguments(args, allSoaks)
  } catch (error) {
    console.error(`soak: ${error instanceof Error ? error.message : error}\n\n${usage(allSoaks)}`)
    return 2
  }
  if (request.help) {
    console.log(usage(allSoaks))
    return 0
  }
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new Error('interrupted'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  let good = true
  for (const each of request.soaks) {
    if (interrupted.signal.aborted) break
    try {
      const findings = await runOne(each, request.minutes, interrupted.signal)
      console.log(`${each.name}: ${each.about}\n\n${findingTable(findings).join('\n')}\n`)
      good &&= findings.every(({ met }) => met)
    } catch (error) {
      console.error(`FAILED: ${each.name}: ${error instanceof Error ? error.message : error}`)
      good = false
    }
  }
  process.off('SIGINT', interrupt)
  process.off('SIGTERM', interrupt)
  return good && !interrupted.signal.aborted ? 0 : 1
}

async function runOne(each: Soak, minutes: number | null, interrupted: AbortSignal): Promise<readonly Finding[]> {
  const withinMs = (minutes ?? each.minutes) * 60_000 + each.beyondMs
  const timeout = AbortSignal.timeout(withinMs)
  const signal = AbortSignal.any([timeout, interrupted])
  const say = (line: string) => console.error(`${each.name}: ${line}`)
  try {
    return await each.run({ minutes, signal, say })
  } catch (error) {
    interrupted.throwIfAborted()
    throw timeout.aborted ? new Error(`it was not done after ${withinMs / 1000} s`, { cause: error }) : error
  }
}

/** What was found as a table. */
export function findingTable(findings: readonly Finding[]): string[] {
  const rows = findings.map(({ what, seen, wanted, met }) => [what, seen, wanted, met ? 'ok' : 'MISSED'])
  return markdownTable([['what', 'seen', 'has to be', 'verdict'], ...rows])
}
