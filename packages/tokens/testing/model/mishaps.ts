import { RedisError } from '../../outputs/redis/connection.ts'
import { changes, one } from './changes.ts'
import { lineOf } from './estate.ts'
import type { Fault, FaultKind, FaultScope } from './faults.ts'
import { linesIn, type Site } from './site.ts'

const faults: readonly [FaultKind, FaultScope][] = [
  ['refused', 'all'],
  ['refused', 'api'],
  ['refused', 'one enterprise'],
  ['hang', 'one enterprise'],
  ['hang', 'vms'],
  ['500', 'all'],
  ['500', 'api'],
  ['500', 'enterprises'],
  ['500', 'list of one'],
  ['500', 'vms'],
  ['503 later', 'api'],
  ['503 later', 'list of one'],
  ['429 later', 'lists'],
  ['401', 'api'],
  ['401', 'all'],
  ['401', 'one enterprise'],
  ['403', 'one enterprise'],
  ['403', 'list of one'],
  ['403', 'vms'],
  ['403', 'enterprises'],
  ['html 200', 'all'],
  ['html 200', 'vms'],
  ['html 404', 'all'],
  ['html 404', 'api'],
  ['html 404', 'one enterprise'],
  ['404', 'api'],
  ['404', 'list of one'],
  ['not JSON', 'api'],
  ['not JSON', 'list of one'],
  ['cut', 'lists'],
  ['cut', 'vms'],
  ['empty', 'enterprises'],
  ['empty', 'lists'],
  ['empty', 'list of one'],
  ['lacking', 'enterprises'],
  ['lacking', 'lists'],
  ['lacking', 'list of one'],
  ['twice', 'lists'],
  ['total', 'lists'],
  ['total', 'enterprises'],
  ['circle', 'list of one'],
  ['second page', 'lists'],
  ['second page', 'enterprises'],
  ['500', 'history'],
  ['refused', 'history'],
]

/** The longest that an answer may take, in milliseconds. */
const slowestMs = 6000

/** A line that is no VM's. */
const stranger = lineOf({ ip: '10.8.8.8', port: 5901 }) ?? ''

/** What can go wrong, by two numbers that choose what and where. */
export const mishaps = {
  fault(site: Site, a: number, b: number): void {
    const [kind, scope] = faults[a % faults.length] ?? ['500', 'all']
    const enterprise = one(site.estate.enterprises, b) ?? '1'
    const fault: Fault = { kind, scope, enterprise, share: b % 3 === 0 ? 0.3 : 1 }
    site.api.faults = [...site.api.faults.slice(-2), fault]
  },
  faultsEnd(site: Site): void {
    site.api.faults = []
  },
  slow(site: Site, a: number, b: number): void {
    site.api.slowness = { list: one([0, 300, 1500, slowestMs], a) ?? 0, other: one([0, 0, 300, 1500], b) ?? 0 }
  },
  lag(site: Site, a: number): void {
    site.estate.lagMs = one([0, 0, 400, 1800, 12_000, 40_000], a) ?? 0
  },
  streamCut(site: Site, a: number): void {
    if (a % 3 === 0) site.events.bytesLeft = a % 300
    else site.events.cut(a % 2 === 0 ? new Error('Cut') : undefined)
  },
  streamFails(site: Site, a: number): void {
    const status = one([503, 500, 404, 403, 204], a) ?? 500
    site.events.answerStream = () => new Response(null, { status })
    site.events.cut()
  },
  streamBack(site: Site): void {
    site.events.answerStream = () => undefined
  },
  historySlow(site: Site, a: number): void {
    site.events.latencyMs = one([0, 0, 2000, 9000], a) ?? 0
  },
  fileFails(site: Site, a: number, b: number): void {
    const steps = one(
      [['write'], ['load', 'changed'], ['confirm'], ['load', 'changed', 'write', 'confirm']] as const,
      b,
    )
    const file = one(site.files, a)
    if (file === null) return
    file.trouble.failing = new Set(steps)
    site.auditor.excuse(file.name)
  },
  fileSlow(site: Site, a: number, b: number): void {
    const file = one(site.files, a)
    if (file !== null) file.trouble.slowMs = one([0, 10, 400, 900], b) ?? 0
  },
  filesBack(site: Site): void {
    for (const { trouble } of site.files) Object.assign(trouble, { failing: new Set(), slowMs: 0 })
  },
  /** Somebody else writes a file. */
  fileChanged(site: Site, a: number, b: number): void {
    const file = one(site.files, a)
    const lines = linesIn(file?.text ?? null) ?? []
    const truth = site.estate.lines()
    const text = one<() => string | null>(
      [
        () => null,
        () => '',
        () => 'no line at all\n\u0000',
        () =>
          lines
            .filter((_, index) => index % 3 > 0)
            .map((line) => `${line}\n`)
            .join(''),
        () => [...lines, stranger].map((line) => `${line}\n`).join(''),
        () => truth.map((line) => `${line}\n`).join(''),
        () => lines.toReversed().join('\n'),
      ],
      b,
    )
    file?.put(text?.() ?? null, false)
  },
  redisCut(site: Site, a: number): void {
    site.redisCut = a % 2 === 0
    if (a % 2 === 0) site.redis.stop()
    if (a % 2 === 0) site.redis.start(site.redis.dump())
  },
  redisHangs(site: Site, a: number): void {
    site.redis.hangs = a % 2 === 0
  },
  redisFails(site: Site, a: number): void {
    site.redis.failure = a % 2 === 0 ? new RedisError('OOM command not allowed', true) : null
  },
  redisFlushed(site: Site, a: number): void {
    if (a % 2 === 0) site.redis.flush()
    else {
      const line = one(site.redisLines(), a)
      if (line !== null) site.redis.delete(line.slice(0, 32))
    }
    site.redisTouched()
  },
  async rival(site: Site, a: number): Promise<void> {
    if (a % 3 === 0) await site.rivalComes()
    else if (a % 3 === 1) await site.rivalWrites()
    else await site.rivalLeaves()
  },
  wallJumps(site: Site, a: number): void {
    site.wallOffset += one([3_600_000, -3_600_000, 86_400_000, -7_200_000], a) ?? 0
  },
  async restart(site: Site, a: number, b: number): Promise<void> {
    await site.restart(a % 2 === 0 ? 'stop' : 'kill', one([0, 100, 3000, 20_000], b) ?? 0)
  },
  listNow(site: Site): void {
    site.life.keeper.listNow()
  },
  /** What is told at once changes while it is listed: the list knows less than the read. */
  async amidList(site: Site, a: number, b: number): Promise<void> {
    site.life.keeper.listNow()
    await site.advance(b % 600)
    const told = 30 - (a % 30)
    if (b % 3 === 0) changes.deploy(site, a, told)
    else changes.undeploy(site, a, told)
  },
  release(site: Site): void {
    site.life.keeper.release()
  },
  renew(site: Site): void {
    site.life.renew()
  },
} as const

/** All is well from now on; what was lost stays lost. */
export async function heal(site: Site): Promise<void> {
  site.hung = site.api.running > 0
  site.api.faults = []
  // Who mends a log-in tells the program, once what was asked before is answered.
  if (site.api.refused) {
    await site.advance(slowestMs)
    site.life.renew()
  }
  site.api.slowness = { list: 0, other: 0 }
  site.estate.lagMs = 0
  site.events.answerStream = () => undefined
  site.events.latencyMs = 0
  site.events.bytesLeft = null
  mishaps.filesBack(site)
  Object.assign(site, { redisCut: false })
  Object.assign(site.redis, { hangs: false, failure: null })
  await site.rivalLeaves()
}
