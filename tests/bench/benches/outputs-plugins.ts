import { mkdir } from 'node:fs/promises'
import { startRedis } from '../../support/redis.ts'
import type { Bench, BenchContext } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { measure } from '../measure.ts'
import { consoles } from '../outputs/consoles.ts'
import { type OutputsSite, startOutputsSite, vmsOf100k } from '../outputs/outputs-site.ts'
import { pluginScript } from '../outputs/plugin-script.ts'
import { startPlatform } from '../platform.ts'

const plugins = ['TokenFileName', 'TokenRedis', 'JSONTokenApi'] as const

/** What a plugin asks: its source, and a token file with what that holds. */
type Case = readonly [plugin: (typeof plugins)[number], source: string, file: string]

/** How long websockify's own plugins take for a lookup, of many tokens, of few, and where there is but one. */
export const outputsPlugins: Bench = {
  name: 'outputs-plugins',
  about: 'lookups by websockify’s plugins (Python): 100k tokens against 1k',
  withinMs: 900_000,
  async run(context) {
    const { quick, say, signal } = context
    const [many, few, rounds] = quick ? [2000, 200, 50] : [vmsOf100k, 1021, 1000]
    say(`platforms of ${many} and of ${few} VMs`)
    const flags = ['--undeployed', '0']
    await using large = await startPlatform({ vms: many, enterprises: 10, flags }, signal)
    await using small = await startPlatform({ vms: few, enterprises: 10, flags }, signal)
    const kinds = ['file', 'dir', 'redis', 'lookup'] as const
    await using largeSite = await startOutputsSite(context, large, { kinds, name: 'large' })
    await using smallSite = await startOutputsSite(context, small, { kinds, name: 'small' })
    await using one = await startSingle(context)
    const cases = [casesOf(largeSite), casesOf(smallSite), one.cases]
    say(`${rounds} lookups by each plugin of each`)
    const command = ['/usr/bin/python3', '-c', pluginScript, String(rounds), JSON.stringify(cases.flat())]
    const times = JSON.parse((await measure(command, signal)).stdout) as number[][]
    const found = plugins.map((plugin, index) => {
      const of = (place: number) => times[place * plugins.length + index] ?? []
      return figuresOf(plugin, many, few, { large: of(0), small: of(1), one: of(2) })
    })
    return found.flat()
  },
}

function casesOf({ tokens, redis, lookupPort, file }: OutputsSite): Case[] {
  return [
    ['TokenFileName', tokens, file],
    ['TokenRedis', `127.0.0.1:${redis().port}`, file],
    ['JSONTokenApi', `http://127.0.0.1:${lookupPort}/tokens/%s`, file],
  ]
}

/** One token in a folder, in a Redis, and of a server that has but one answer: no plugin is faster than there. */
async function startSingle({ folder }: BenchContext) {
  await using stack = new AsyncDisposableStack()
  const [[token, { host, port }] = fail()] = consoles(1)
  const file = await folder.write('one.vnc', `${token}: ${host}:${port}\n`)
  await mkdir(folder.file('one-tokens'))
  await folder.write(`one-tokens/${token}`, `${host}:${port}`)
  const redis = stack.use(await startRedis())
  await redis.cli('set', token, `{"host":"${host}:${port}"}`)
  const answer = JSON.stringify({ host, port })
  const fetch = () => new Response(answer, { headers: { 'content-type': 'application/json' } })
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch })
  stack.defer(() => server.stop(true))
  const owned = stack.move()
  const cases: Case[] = [
    ['TokenFileName', folder.file('one-tokens'), file],
    ['TokenRedis', `127.0.0.1:${redis.port}`, file],
    ['JSONTokenApi', `http://127.0.0.1:${server.port}/%s`, file],
  ]
  return { cases, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function figuresOf(
  plugin: string,
  many: number,
  few: number,
  { large, small, one }: Readonly<Record<'large' | 'small' | 'one', readonly number[]>>,
): Figure[] {
  const what = `lookup by ${plugin}, ${Math.floor(many / 1000)}k VMs`
  return [
    {
      what,
      unit: 'ms',
      samples: large,
      floor: { what: 'a single token', samples: one, inTurns: true },
      limit: { of: 'figure', most: 1 },
    },
    {
      what: `${what}, against few`,
      unit: 'ms',
      samples: large,
      floor: { what: `${few} VMs`, samples: small, inTurns: true },
      limit: { of: 'ratio', most: 1.5 },
    },
  ]
}

function fail(): never {
  throw new Error('There is no console')
}
