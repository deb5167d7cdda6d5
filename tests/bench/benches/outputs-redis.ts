import { program } from '../../support/packages.ts'
import { type Redis, startRedis } from '../../support/redis.ts'
import type { Bench, BenchContext } from '../bench.ts'
import { measure } from '../measure.ts'
import { childProgram } from '../outputs/child-program.ts'
import { consoles } from '../outputs/consoles.ts'
import type { RedisTimes } from '../outputs/fill-redis.ts'
import { median } from '../samples.ts'
import { show } from '../table.ts'

/** Keys that one MGET of the floor asks for. */
const pageSize = 500

/** The first fill of Redis, and the comparison after its connection was lost, as the runner of the output sees them. */
export const outputsRedis: Bench = {
  name: 'outputs-redis',
  about: 'Redis, 100k tokens: first fill, comparison when it is connected again',
  withinMs: 300_000,
  async run(context) {
    const { folder, quick, say, signal } = context
    const [count, rounds] = quick ? [10_000, 2] : [100_000, 11]
    const all = [...consoles(count)]
    const sets = all.map(([token, { host, port }]) => command('SET', token, `{"host":"${host}:${port}"}`))
    const tokens = all.map(([token]) => token)
    const pages = Array.from({ length: count / pageSize }, (_, page) =>
      tokens.slice(page * pageSize).slice(0, pageSize),
    )
    const gets = pages.map((page) => command('MGET', ...page))
    const [setsFile, getsFile] = [await folder.write('sets', sets.join('')), await folder.write('gets', gets.join(''))]
    say(`${rounds} fills of ${count / 1000}k tokens, each by a new process, and comparisons`)
    await using redis = await startRedis()
    const found = { fill: [] as number[], sets: [] as number[], compare: [] as number[], gets: [] as number[] }
    const away: number[] = []
    for (let round = 0; round < rounds; round++) {
      await redis.cli('flushall')
      found.sets.push(await pipe(redis, setsFile, context))
      found.gets.push(await pipe(redis, getsFile, context))
      await redis.cli('flushall')
      const times = await childProgram<RedisTimes>(signal, 'fill-redis', [redis.url, count])
      found.fill.push(times.fill)
      found.compare.push(times.compare)
      away.push(times.away)
    }
    const what = `Redis, ${count / 1000}k tokens`
    return [
      {
        what: `${what}: first fill, as the runner of the output sees it`,
        unit: 'ms',
        samples: found.fill,
        floor: { what: 'redis-cli --pipe, SET only', samples: found.sets, inTurns: true },
        limit: { of: 'figure', most: 1500 },
      },
      {
        what: `${what}: full comparison when it is connected again`,
        unit: 'ms',
        samples: found.compare,
        floor: { what: `redis-cli --pipe, MGET of ${pageSize} each`, samples: found.gets, inTurns: true },
        limit: { of: 'figure', most: 1000 },
        besides: `from the loss of the connection to the end of the comparison ${show(median(away), 'ms')}`,
      },
    ]
  },
}

/** How long redis-cli takes to send a file of commands and to get all answers. */
async function pipe({ port }: Redis, file: string, { signal }: BenchContext): Promise<number> {
  const shell = `exec '${program('redisCli')}' -p ${port} --pipe < '${file}'`
  return (await measure(['/bin/sh', '-c', shell], signal)).wallMs
}

/** A command in the protocol of Redis; its parts are ASCII. */
function command(...parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`
}
