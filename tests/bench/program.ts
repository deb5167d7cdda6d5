import { binary } from '../support/binary.ts'
import { tempFolder } from '../support/temp.ts'
import type { Bench } from './bench.ts'
import { allBenches } from './benches/all.ts'
import { type Request, readArguments, usage } from './command-line.ts'
import { type Figure, judge } from './figure.ts'
import { describeMachine, machineLine } from './machine.ts'
import { figureTable } from './table.ts'

/** The bench command: measures, prints the table, and gives the exit code. */
export async function bench(args: readonly string[]): Promise<number> {
  let request: Request
  try {
    request = readArguments(args, allBenches)
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}\n\n${usage(allBenches)}`)
    return 2
  }
  if (request.help) {
    console.log(usage(allBenches))
    return 0
  }
  return await measureAll(request)
}

async function measureAll({ benches, quick, json }: Request): Promise<number> {
  const machine = describeMachine()
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new Error('interrupted'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const path = await binary()
  const figures: Figure[] = []
  const failed: string[] = []
  for (const each of benches) {
    if (interrupted.signal.aborted) break
    try {
      figures.push(...(await measureOne(each, path, quick, interrupted.signal)))
    } catch (error) {
      failed.push(`FAILED: ${each.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  process.off('SIGINT', interrupt)
  process.off('SIGTERM', interrupt)
  console.log(`${machineLine(machine)}\n`)
  if (figures.length > 0) console.log(figureTable(figures).join('\n'))
  for (const line of failed) console.error(line)
  const results = figures.map((figure) => ({ ...figure, ...judgedOf(figure) }))
  if (json !== null) await Bun.write(json, `${JSON.stringify({ machine, quick, results, failed }, null, 2)}\n`)
  return failed.length > 0 || interrupted.signal.aborted ? 1 : 0
}

async function measureOne(
  each: Bench,
  path: string,
  quick: boolean,
  interrupted: AbortSignal,
): Promise<readonly Figure[]> {
  await using folder = tempFolder()
  const timeout = AbortSignal.timeout(each.withinMs)
  const signal = AbortSignal.any([timeout, interrupted])
  const say = (line: string) => console.error(`${each.name}: ${line}`)
  try {
    return await each.run({ binary: path, folder, quick, signal, say })
  } catch (error) {
    // Whatever was under way then fails in its own words.
    interrupted.throwIfAborted()
    throw timeout.aborted ? new Error(`it was not done after ${each.withinMs / 1000} s`, { cause: error }) : error
  }
}

function judgedOf(figure: Figure) {
  const { figure: value, ratio, met } = judge(figure)
  return { value: value.value, ratio: ratio?.value ?? null, met }
}
