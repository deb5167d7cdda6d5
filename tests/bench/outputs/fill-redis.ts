#!/usr/bin/env bun
/**
 * Fills an empty Redis as a daemon that has just listed does, then loses its connection, and prints how long filling and
 * comparing took: `bun fill-redis.ts URL TOKENS`. A process of its own, since a daemon fills once in its life.
 */
import { systemClock } from '@novnc-tokens/api'
import { RedisOutput, Runner, type SortedLines, type Token, type WriteOptions } from '@novnc-tokens/tokens'
import { RedisClient } from 'bun'
import { waitFor } from '../../support/wait.ts'
import { consoles, found } from './consoles.ts'

/** What the program prints, in milliseconds. */
export interface RedisTimes {
  /** The first write, as its runner tells it. */
  readonly fill: number
  /** The comparison of all keys once it is connected again. */
  readonly compare: number
  /** From the loss of the connection until all is compared. */
  readonly away: number
}

/** Tells how long each comparison of all keys took. */
class TimedRedis extends RedisOutput {
  readonly compared: number[] = []

  override async write(lines: SortedLines, changed: ReadonlySet<Token> | null, options?: WriteOptions) {
    const began = performance.now()
    const written = await super.write(lines, changed, options)
    if (changed === null && written.outcome === 'written') this.compared.push(performance.now() - began)
    return written
  }
}

async function fillRedis(url: string, count: number): Promise<RedisTimes> {
  const all = consoles(count)
  const ending = new AbortController()
  await using output = new TimedRedis({ url })
  let fill: number | null = null
  const runner = new Runner({
    output,
    guard: { share: null, confirmAfterMs: 0 },
    clock: systemClock,
    random: Math.random,
    note(note) {
      if (note.kind === 'written') fill = note.durationMs
    },
    onChangedByOthers: () => {},
  })
  const running = runner.run(ending.signal)
  await waitFor('the lease', () => output.role === 'leader' && runner.status().loaded)
  runner.push(found(all))
  await waitFor('the fill', () => fill !== null && runner.status().pending === 0, { withinMs: 60_000 })
  const before = output.compared.length
  const lost = performance.now()
  const other = new RedisClient(url)
  await other.send('CLIENT', ['KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  other.close()
  await waitFor('the comparison', () => output.compared.length > before, { withinMs: 60_000 })
  const away = performance.now() - lost
  ending.abort()
  await running
  return { fill: fill ?? Number.NaN, compare: output.compared.at(-1) ?? Number.NaN, away }
}

if (import.meta.main) {
  const [url = '', count = ''] = process.argv.slice(2)
  console.log(JSON.stringify(await fillRedis(url, Number(count))))
}
