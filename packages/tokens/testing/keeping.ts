import { type Clock, enterprisePath, Hrefs, type LoginStatus, type PlatformEvent, readEvent } from '@novnc-tokens/api'
import { Keeper, type KeeperOptions } from '../keeper/keeper.ts'
import type { Note } from '../keeper/note.ts'
import { Runner } from '../outputs/runner.ts'
import { formatLine } from '../token/lines.ts'
import { tokenOf } from '../token/token.ts'
import { FakeOutput } from './fake-output.ts'
import { FakePlatform, vmPath } from './fake-platform.ts'
import { FakeWatch } from './fake-watch.ts'

/** Milliseconds between lists of everything. */
export const resyncMs = 300_000
/** Path of the list of enterprises. */
export const enterprises = '/admin/enterprises'
/** How the log-in stands, at all times. */
export const accepted: LoginStatus = { state: 'accepted', why: null, retryAt: null }

const hrefs = new Hrefs('https://abiquo.example.com/api')

/** So many ports, from this one on. */
export function ports(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

/** What a file has with VMs at these ports of 10.0.0.1, and at other addresses. */
export function fileOf(...some: (number | string)[]): string {
  const lines = some.map((each) => {
    const [host = '', port = ''] = typeof each === 'number' ? ['10.0.0.1', String(each)] : each.split(':')
    const address = { host, port: Number(port) }
    return `${formatLine(tokenOf(address), address)}\n`
  })
  return lines.sort().join('')
}

/** An event, of a VM unless the fields say otherwise. */
export function event(action: string, fields: Record<string, unknown> = {}): PlatformEvent {
  const read = readEvent({ action, entity: 'VIRTUAL_MACHINE', entityURI: null, ...fields }, hrefs)
  if (read === null) throw new Error('no event')
  return read
}

/** An event of a VM, with the enterprise that owns it. */
export function ofVm(
  action: string,
  id: string | number,
  appliance = '1',
  enterprise: string | null = '1',
): PlatformEvent {
  return event(action, {
    entityURI: `/api${vmPath(String(id), appliance)}`,
    entityEnterpriseURI: enterprise === null ? null : `/api${enterprisePath(enterprise)}`,
  })
}

/** A clock that stands still until a test advances it. */
export interface SteppedClock extends Clock {
  advance(ms: number): Promise<void>
}

/** What a keeper is to begin with. */
export interface Setting {
  /** What the output had before. */
  text?: string | null
  watch?: FakeWatch | null
  outputs?: readonly FakeOutput[]
  /** Fills the platform before the start. */
  fill?: (platform: FakePlatform) => void
  options?: Partial<KeeperOptions>
}

/** A keeper that runs, with all around it. */
export async function keeping<C extends SteppedClock>(clock: C, setting: Setting = {}) {
  const { text = '', watch = new FakeWatch(), outputs, fill, options } = setting
  const platform = new FakePlatform(clock)
  fill?.(platform)
  const fakes = outputs ?? [new FakeOutput(text)]
  const [output] = fakes
  if (output === undefined) throw new Error('no output')
  const notes: Note[] = []
  const note = (each: Note) => notes.push(each)
  const random = () => 0
  const guard = { share: 0.3, confirmAfterMs: resyncMs }
  const onChangedByOthers = () => keeper.outputChanged()
  const keeper: Keeper = new Keeper({
    inventory: platform,
    watch,
    outputs: fakes.map((each) => new Runner({ output: each, guard, clock, random, note, onChangedByOthers })),
    resyncMs,
    listConcurrency: 6,
    readConcurrency: 8,
    login: () => accepted,
    clock,
    random,
    note,
    ...options,
  })
  const ending = new AbortController()
  const run = keeper.run(ending.signal)
  await clock.advance(0)
  return {
    clock,
    platform,
    output,
    notes,
    keeper,
    watch,
    run,
    /** The paths of the requests that `act` leads to, and how the file is after it. */
    async after(act: () => void | Promise<void>, ms = 0) {
      const from = platform.requests.length
      await act()
      await clock.advance(ms)
      return { requests: platform.requests.slice(from), file: output.text }
    },
    async tell(...events: PlatformEvent[]) {
      for (const each of events) watch?.tell({ kind: 'event', event: each, recovered: false })
      await clock.advance(0)
    },
    async open() {
      watch?.tell({ kind: 'open', at: null })
      await clock.advance(0)
    },
    noted: (kind: Note['kind']) => notes.filter((each) => each.kind === kind),
    async stop() {
      ending.abort()
      await run
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await run
    },
  }
}

/** A keeper whose watch is open and whose first list has ended. */
export async function kept<C extends SteppedClock>(clock: C, setting: Setting = {}) {
  const all = await keeping(clock, setting)
  await all.clock.advance(1)
  await all.open()
  // So that nothing of the start is left to do.
  await all.clock.advance(20_000)
  return all
}

/** Fills a platform with three VMs of one enterprise. */
export function three(platform: FakePlatform): void {
  platform.fill('1', [1, 2, 3])
}
