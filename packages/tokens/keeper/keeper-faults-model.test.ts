/**
 * The keeper with all that is below it, on a platform, files and a Redis that fail in every way, and on a clock that
 * stands still. A run that fails is printed with its `seed` and `path`, and the commands with their `replayPath`; with
 * `MODEL_SEED=... MODEL_PATH=... MODEL_REPLAY=... bun test packages/tokens/keeper/keeper-faults-model.test.ts` it is played
 * again, and only it. `MODEL_SEED=$RANDOM MODEL_RUNS=5000` looks elsewhere and longer, `MODEL_QUICK=1` makes no
 * failure smaller.
 */
import { expect, test } from 'bun:test'
import {
  type AsyncCommand,
  asyncModelRun,
  asyncProperty,
  assert as check,
  commands,
  constantFrom,
  nat,
  record,
} from 'fast-check'
import { type Act, acts, often } from '../testing/model/acts.ts'
import { mostRequestsAMinute, roundMs } from '../testing/model/bounds.ts'
import { heal } from '../testing/model/mishaps.ts'
import { type Plan, Site } from '../testing/model/site.ts'

const {
  // The same runs each time, so that a change is judged by what it changes; hunts take seeds of their own.
  MODEL_SEED: seed = '1',
  MODEL_PATH: path,
  MODEL_REPLAY: replayPath,
  MODEL_RUNS: runs = '150',
  MODEL_QUICK: quick,
} = process.env

/** One thing that happens, and how long nothing else does. */
class Step implements AsyncCommand<object, Site> {
  readonly #name: Act
  readonly #a: number
  readonly #b: number
  readonly #waitMs: number

  constructor(name: Act, a: number, b: number, waitMs: number) {
    this.#name = name
    this.#a = a
    this.#b = b
    this.#waitMs = waitMs
  }

  check(): boolean {
    return true
  }

  async run(_: object, site: Site): Promise<void> {
    await acts[this.#name](site, this.#a, this.#b)
    await site.advance(this.#waitMs)
    expect(site.findings).toEqual([])
  }

  toString(): string {
    return `${this.#name}(${this.#a}, ${this.#b}) ${this.#waitMs} ms`
  }
}

const steps = record({
  name: constantFrom(...often),
  a: nat(999),
  b: nat(999),
  waitMs: constantFrom(0, 0, 20, 400, 1500, 4000, 15_000, 70_000),
}).map(({ name, a, b, waitMs }) => new Step(name, a, b, waitMs))

const plans = record({
  seed: nat(),
  watch: constantFrom('auto', 'auto', 'auto', 'poll', 'none'),
  deaf: constantFrom(false, false, false, true),
  paging: constantFrom('links', 'totals', 'whole'),
  tellsOwner: constantFrom(true, false),
  slow: constantFrom(false, true),
  resyncMs: constantFrom(45_000, 120_000),
  guard: constantFrom(0.3, 0.3, 0.3, null),
  size: constantFrom(3, 3, 10, 40, 75),
  before: constantFrom('nothing', 'right', 'old'),
})

/** Waits until all outputs are right, and returns how many rounds of lists that may take and took. */
async function settle(site: Site): Promise<void> {
  await heal(site)
  const from = Math.max(site.clock.now(), site.estate.shownAt)
  await site.advance(from - site.clock.now())
  let held = false
  const rounds = () => (held ? 2 : 1) * roundMs(site)
  do {
    held ||= site.life.keeper.status().outputs.some((output) => output.held > 0)
    await site.advance(5000)
  } while (site.wrong().length > 0 && site.clock.now() < from + rounds())
  expect({ wrong: site.wrong(), held }).toEqual({ wrong: [], held })
}

test('whatever happens, no line is lost without evidence, and once all is well all is right', async () => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  const script = commands([steps], {
    maxCommands: 60,
    size: 'max',
    ...(replayPath === undefined ? {} : { replayPath }),
  })
  try {
    await check(
      asyncProperty(plans, script, async (plan: Plan, happening) => {
        const site = new Site(plan)
        await site.clock.advance(0)
        await asyncModelRun(() => ({ model: {}, real: site }), happening)
        await settle(site)
        const { busiest, most } = mostRequestsAMinute(site)
        if (busiest > most) site.find(`${busiest} requests in a minute, of ${most}`)
        await site.end('stop')
        expect([site.findings, rejections]).toEqual([[], []])
      }),
      {
        numRuns: Number(runs),
        seed: Number(seed),
        ...(path === undefined ? {} : { path }),
        endOnFailure: quick !== undefined,
      },
    )
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}, 3_600_000)
