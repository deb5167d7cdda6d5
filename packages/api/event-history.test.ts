import { describe, expect, test } from 'bun:test'
import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  record as fields,
  integer,
  oneof,
  tuple,
} from 'fast-check'
import type { PlatformEvent } from './event.ts'
import { EventHistory, type HistoryPage } from './event-history.ts'
import { type ApiError, basic, Connection } from './index.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { FakeHistory, type HistoryHabits } from './testing/fake-history.ts'

const base = Date.UTC(2026, 10, 20, 10)

/** A client of a history that a test fills; `now` is when it asks. */
interface Reading extends Disposable {
  readonly server: FakeHistory
  readonly history: EventHistory
  /** Queries of the history, in order. */
  readonly queries: readonly string[]
  now: number
  /** Called before each answer. */
  onQuery: () => void
}

function reading(habits: Partial<HistoryHabits> = {}): Reading {
  const server = new FakeHistory(habits)
  const queries: string[] = []
  const connection = new Connection({
    api: 'https://h/api',
    authorization: basic('a', 'b'),
    clock: new FakeClock(),
    format: habits.format ?? 'json',
    fetch: async (url, { signal }) => {
      if (url.endsWith('/login')) return Response.json({ id: 1 })
      queries.push(url.slice(url.indexOf('?')))
      made.onQuery()
      signal?.throwIfAborted()
      return server.answer(url, made.now)
    },
  })
  const made: Reading = {
    server,
    history: new EventHistory(connection),
    queries,
    now: base + 3_600_000,
    onQuery: () => {},
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
  return made
}

/** Records events `A0`, `A1` ... at moments after the base. */
function fill(server: FakeHistory, offsets: readonly number[], name = 'A'): void {
  server.add(...offsets.map((offset, index) => happened(base + offset, `${name}${index}`)))
}

function happened(timestamp: number, action: string, seenAt = 0) {
  return { timestamp, seenAt, told: { timestamp, action } }
}

async function pagesOf(pages: AsyncIterable<HistoryPage>): Promise<HistoryPage[]> {
  const all: HistoryPage[] = []
  for await (const page of pages) all.push(page)
  return all
}

async function actionsOf(history: EventHistory, from = base): Promise<string[]> {
  const pages = await pagesOf(history.since(from))
  return [...new Set(pages.flatMap(({ events }) => events.map(({ action }) => action)))]
}

const names = (count: number, name = 'A') => Array.from({ length: count }, (_, index) => `${name}${index}`)
const steps = (count: number, ms: number) => Array.from({ length: count }, (_, index) => index * ms)

describe('how the platform writes a moment is found once', () => {
  const forms: readonly (readonly [dates: HistoryHabits['dates'], tries: number, last: string])[] = [
    ['iso', 1, '2026-11-20T09%3A59%3A59.000Z'],
    ['seconds of iso', 2, '2026-11-20T09%3A59%3A59Z'],
    ['epoch', 3, String(base / 1000 - 1)],
  ]
  test.each(forms)('%s', async (dates, tries, last) => {
    using made = reading({ dates })
    fill(made.server, [0])
    expect(await actionsOf(made.history)).toEqual(['A0'])
    expect([made.queries.length, made.queries.at(-1)]).toEqual([tries, `?datefrom=${last}&asc=true&limit=500`])
    expect(await actionsOf(made.history)).toEqual(['A0'])
    expect(made.queries.length).toBe(tries + 1)
  })

  test('and anew where the platform was upgraded', async () => {
    using made = reading({ dates: 'epoch' })
    await actionsOf(made.history)
    const upgraded = new FakeHistory()
    fill(upgraded, [0])
    made.server.answer = (url, at) => upgraded.answer(url, at)
    expect(await actionsOf(made.history)).toEqual(['A0'])
    expect(await actionsOf(made.history)).toEqual(['A0'])
    expect(made.queries.length).toBe(3 + 2 + 1)
  })

  test('a version that does not find what it cannot parse is asked in other ways; elsewhere 404 is 404', async () => {
    using made = reading()
    const { server } = made
    fill(server, [0])
    const epoch = new FakeHistory({ dates: 'epoch' })
    fill(epoch, [0])
    server.answer = (url, at) => {
      const answer = epoch.answer(url, at)
      return answer.ok ? answer : new Response('', { status: 404 })
    }
    expect(await actionsOf(made.history)).toEqual(['A0'])
    const before = made.queries.length
    server.answer = () => new Response('', { status: 404 })
    const error = await actionsOf(made.history).catch((thrown: ApiError) => thrown)
    expect([error, made.queries.length - before]).toMatchObject([{ code: 'not-found', status: 404 }, 1])
  })

  test('where none is understood the first refusal is told', async () => {
    using made = reading()
    made.server.answer = () => Response.json({ collection: [{ code: 'EVENT-1', message: 'No' }] }, { status: 400 })
    const error = await actionsOf(made.history).catch((thrown: ApiError) => thrown)
    expect(error).toMatchObject({ status: 400, abiquoCode: 'EVENT-1', url: expect.stringContaining('.000Z') })
    expect(made.queries.length).toBe(3)
  })
})

test('an event of the very moment is told, whatever "from" means', async () => {
  for (const floors of [false, true])
    for (const excludes of [false, true]) {
      using made = reading({ floors, excludes })
      fill(made.server, [0, 1, 2])
      expect(await actionsOf(made.history)).toEqual(['A0', 'A1', 'A2'])
    }
})

test('the beginning of time is asked for as such', async () => {
  using made = reading({ dates: 'epoch' })
  fill(made.server, [0])
  expect(await actionsOf(made.history, -60_000)).toEqual(['A0'])
  expect(made.queries.at(-1)).toBe('?datefrom=0&asc=true&limit=500')
})

describe('a long history is walked to its end', () => {
  const habits: readonly (readonly [what: string, Partial<HistoryHabits>])[] = [
    ['with links and its size', {}],
    ['in pages of 25', { cap: 25 }],
    ['in pages of 25, without its size', { cap: 25, totalSize: false }],
    ['in pages of 25, without links', { cap: 25, links: false }],
    ['in pages of 25, without anything', { cap: 25, links: false, totalSize: false }],
    ['in pages of 100, without anything', { cap: 100, links: false, totalSize: false }],
    ['in one piece', { cap: null }],
    ['in one piece without its size', { cap: null, totalSize: false }],
    ['the newest first', { newestFirst: true }],
    ['the newest first, in pages of 25', { newestFirst: true, cap: 25, links: false, totalSize: false }],
    ['to the second', { cap: 25, floors: true }],
    ['to the second, after it', { cap: 25, floors: true, excludes: true }],
    ['after each moment', { cap: 25, excludes: true }],
    ['by seconds since 1970', { cap: 25, dates: 'epoch', floors: true }],
    ['by whole seconds', { cap: 25, dates: 'seconds of iso', floors: true }],
  ]
  // Some 4 events to a second, 40, and over a page of one moment.
  const histories: readonly (readonly number[])[] = [
    steps(1203, 271),
    steps(1203, 25),
    [...steps(30, 1000), ...Array<number>(601).fill(30_000), ...steps(30, 10).map((offset) => offset + 30_001)],
    Array<number>(60).fill(5),
  ]
  test.each(habits)('%s', async (_, habit) => {
    for (const offsets of histories) {
      using made = reading(habit)
      fill(made.server, offsets)
      const actions = await actionsOf(made.history)
      expect(actions.toSorted()).toEqual(names(offsets.length).toSorted())
    }
  })

  test('in order, but for what pages share', async () => {
    for (const habit of [{}, { cap: 25 }, { cap: 25, newestFirst: true }]) {
      using made = reading(habit)
      fill(made.server, steps(1203, 271))
      const pages = await pagesOf(made.history.since(base))
      expect([...new Set(pages.flatMap(({ events }) => events.map(({ action }) => action)))]).toEqual(names(1203))
      for (const { events } of pages) {
        const moments = events.map(({ timestamp }) => timestamp ?? 0)
        expect(moments).toEqual(moments.toSorted((a, b) => a - b))
      }
    }
  })

  test('by the fewest requests', async () => {
    const counts: number[] = []
    const silent = { links: false, totalSize: false }
    for (const habit of [{}, { cap: 25 }, { cap: null }, { ...silent, cap: null }, silent]) {
      using made = reading(habit)
      fill(made.server, steps(1203, 271))
      await actionsOf(made.history)
      counts.push(made.queries.length)
    }
    // Each page after the first begins with the last event of the one before.
    expect(counts).toEqual([3, 51, 1, 1, 3])
  })

  test('by few requests, where the platform knows seconds only and a second is longer than a page', async () => {
    const dates = ['iso', 'seconds of iso', 'epoch'] as const
    for (const habit of dates.map((each) => ({ dates: each, floors: true, cap: 25 }))) {
      using made = reading(habit)
      fill(made.server, steps(1203, 4))
      await actionsOf(made.history)
      expect(made.queries.length).toBeLessThan((3 * 1203) / 25)
    }
  })

  test('the newest first, though its first page does not show that', async () => {
    for (const more of [{}, { links: false, totalSize: false }]) {
      using made = reading({ newestFirst: true, cap: 25, ...more })
      fill(made.server, [...steps(70, 1000), ...Array<number>(30).fill(100_000)])
      expect((await actionsOf(made.history)).toSorted()).toEqual(names(100).toSorted())
    }
  })

  test.each([false, true])('where events reached it out of order (newest first: %p)', async (newestFirst) => {
    using made = reading({ cap: 25 })
    // The first page does not show it.
    const offsets = steps(200, 50).map((offset, index) => (index > 60 && index % 7 === 0 ? offset - 900 : offset))
    // By the order in which they came, as a platform that sorts by id gives them.
    const told = offsets.map((offset, index) => ({ timestamp: base + offset, action: `A${index}` }))
    if (newestFirst) told.reverse()
    made.server.answer = (url) => {
      const { searchParams } = new URL(url)
      const from = Date.parse(searchParams.get('datefrom') ?? '')
      const found = told.filter(({ timestamp }) => timestamp >= from)
      const start = Number(searchParams.get('startwith') ?? 0)
      return Response.json({ collection: found.slice(start, start + 25), totalSize: found.length })
    }
    const actions = await actionsOf(made.history)
    expect([actions.toSorted(), actions[0], actions.at(-1)]).toEqual([names(200).toSorted(), 'A0', 'A199'])
  })

  test('of a platform that gives the same page for all, once', async () => {
    for (const newestFirst of [false, true]) {
      using made = reading({ cap: 25, links: false, totalSize: false, counts: false, newestFirst })
      // It does not heed the moment either.
      const { server } = made
      fill(server, steps(100, 10))
      const answer = server.answer.bind(server)
      server.answer = (url, at) => answer(url.replace(/datefrom=[^&]*/, 'datefrom=1970-01-01T00%3A00%3A00Z'), at)
      expect((await actionsOf(made.history)).length).toBe(25)
      expect(made.queries.length).toBeLessThan(10)
    }
  })

  test('unless it has far too many, the newest first', async () => {
    using made = reading()
    made.server.answer = (url) => {
      const start = Number(new URL(url).searchParams.get('startwith') ?? 0)
      const collection = Array.from({ length: 500 }, (_, index) => ({
        timestamp: base * 2 - start - index,
        action: 'A',
      }))
      return Response.json({ collection, totalSize: 1e9 })
    }
    const error = await pagesOf(made.history.since(base)).catch((thrown: ApiError) => thrown)
    expect(error).toMatchObject({
      code: 'malformed',
      message: 'The history of events has over 200000 events since then, the newest first',
    })
  })
})

test('events that come late while pages are read push no other out', async () => {
  for (const newestFirst of [false, true]) {
    using made = reading({ cap: 25, newestFirst })
    fill(made.server, steps(100, 100))
    let late = 0
    made.onQuery = () => fill(made.server, [-500, late * 500 + 1, late++ * 700 + 3], `late ${late} `)
    const actions = await actionsOf(made.history)
    expect(actions.filter((action) => action.startsWith('A')).toSorted()).toEqual(names(100).toSorted())
  }
})

test('what is no event is left out and counted, and ends nothing', async () => {
  using made = reading({ cap: 25 })
  const malformed = (offset: number) => ({ timestamp: base + offset, seenAt: 0, told: { severity: 'INFO' } })
  made.server.add(...steps(60, 1).map(malformed))
  fill(made.server, [100])
  const pages = await pagesOf(made.history.since(base))
  expect(pages.flatMap(({ events }) => events.map(({ action }) => action))).toEqual(['A0'])
  expect(pages.map((page) => page.malformed)).toEqual([25, 25, 10])
})

test('a history of XML is read too', async () => {
  using made = reading({ format: 'xml', cap: 25 })
  fill(made.server, steps(60, 100))
  expect(await actionsOf(made.history)).toEqual(names(60))
})

test('records of versions up to 4.6 are read with what their ids tell', async () => {
  using made = reading({ dates: 'epoch', floors: true })
  const record = (more: object) => ({
    timestamp: base,
    seenAt: 0,
    told: { timestamp: String(base), severity: 'INFO', performedBy: 'SYSTEM', ...more },
  })
  const ids = { idVirtualDatacenter: 2, idVirtualApp: 3, idVirtualMachine: 4 }
  const host = { idDatacenter: 5, idRack: 6, idPhysicalMachine: 7 }
  made.server.add(
    record({ actionPerformed: 'VIRTUAL_MACHINE_DEPLOY_FINISH', component: 'VIRTUAL_MACHINE', ...ids, user: 'admin' }),
    record({ actionPerformed: 'VIRTUAL_MACHINE_DEPLOY', component: 'VIRTUAL_MACHINE', idVirtualMachine: 4 }),
    record({ actionPerformed: 'VIRTUAL_APPLIANCE_DEPLOY', component: 'VIRTUAL_APPLIANCE', ...ids }),
    record({ actionPerformed: 'VIRTUAL_DATACENTER_DELETE', component: 'VIRTUAL_DATACENTER', ...ids }),
    record({ actionPerformed: 'MACHINE_MODIFY', component: 'MACHINE', ...host }),
    record({ actionPerformed: 'USER_LOGIN', component: 'USER' }),
    record({ component: 'USER' }),
  )
  const [page] = await pagesOf(made.history.since(base))
  const brief = ({ format, timestamp, entity, action, entityPath, userName }: PlatformEvent) =>
    [format, timestamp === base, entity, action, entityPath, userName] as const
  const share = '/cloud/virtualdatacenters/2'
  expect(page?.events.map(brief)).toEqual([
    ['legacy', true, 'VIRTUAL_MACHINE', 'DEPLOY_FINISH', `${share}/virtualappliances/3/virtualmachines/4`, 'admin'],
    ['legacy', true, 'VIRTUAL_MACHINE', 'DEPLOY', null, null],
    ['legacy', true, 'VIRTUAL_APPLIANCE', 'DEPLOY', `${share}/virtualappliances/3`, null],
    ['legacy', true, 'VIRTUAL_DATACENTER', 'DELETE', share, null],
    ['legacy', true, 'MACHINE', 'MODIFY', '/admin/datacenters/5/racks/6/machines/7', null],
    ['legacy', true, 'USER', 'LOGIN', null, null],
  ])
  expect(page?.malformed).toBe(1)
})

describe('the time of the platform', () => {
  test('comes with each page', async () => {
    using made = reading()
    const [page] = await pagesOf(made.history.since(base))
    expect(page).toMatchObject({ events: [], malformed: 0, at: made.now })
  })

  test('and its newest event are told', async () => {
    for (const newestFirst of [false, true]) {
      using made = reading({ newestFirst })
      expect(await made.history.now()).toEqual({ at: made.now, newest: null })
      fill(made.server, [0, 5, 3])
      expect(await made.history.now()).toEqual({ at: made.now, newest: base + 5 })
      expect(made.queries).toEqual(['?limit=1', '?limit=1'])
    }
  })

  test('is not told where the answer has no date', async () => {
    using made = reading()
    made.server.answer = () => Response.json({ collection: [] })
    expect(await made.history.now()).toEqual({ at: null, newest: null })
  })
})

test('a failure is told after the pages before it, and an abort at once', async () => {
  using made = reading({ cap: 25 })
  fill(made.server, steps(60, 100))
  const answer = made.server.answer.bind(made.server)
  made.server.answer = (url, at) => (made.queries.length > 1 ? new Response('', { status: 403 }) : answer(url, at))
  let pages = 0
  const count = async () => {
    for await (const _ of made.history.since(base)) pages++
  }
  expect(await count().catch((thrown: ApiError) => thrown)).toMatchObject({ code: 'forbidden' })
  expect(pages).toBe(1)
  const left = new AbortController()
  const reason = new Error('enough')
  made.onQuery = () => left.abort(reason)
  const aborted = await pagesOf(made.history.since(base, { signal: left.signal })).catch((thrown: unknown) => thrown)
  expect(aborted).toBe(reason)
})

test('whatever a platform is like, all that was there before is told, as often as it happened', async () => {
  const event = tuple(
    oneof(integer({ min: 0, max: 40 }), integer({ min: 0, max: 40_000 }), constantFrom(1000, 2000, 5000)),
    constantFrom('A', 'B', 'C'),
    integer({ min: 1, max: 12 }),
  )
  const habits = fields({
    dates: constantFrom('iso', 'seconds of iso', 'epoch'),
    floors: boolean(),
    excludes: boolean(),
    cap: constantFrom(25, 50, 100, 500, null),
    links: boolean(),
    totalSize: boolean(),
    ids: boolean(),
    newestFirst: boolean(),
    format: constantFrom('json', 'xml'),
  })
  const late = array(tuple(integer({ min: -1000, max: 40_000 }), constantFrom('A', 'L')), { maxLength: 12 })
  await assert(
    asyncProperty(habits, array(event, { maxLength: 60 }), late, async (habit, events, insertions) => {
      // A moment that is written to the second is read to the second.
      using made = reading({ ...habit, floors: habit.floors || habit.dates !== 'iso' })
      const expected = new Map<string, number>()
      for (const [offset, action, times] of events) {
        for (let time = 0; time < times; time++) made.server.add(happened(base + offset, action))
        const key = `${base + offset} ${action}`
        expected.set(key, (expected.get(key) ?? 0) + times)
      }
      const happenedAtAll = new Map(expected)
      made.onQuery = () => {
        const insertion = insertions.pop()
        if (insertion === undefined) return
        const [offset, action] = insertion
        made.server.add(happened(base + offset, action))
        const key = `${base + offset} ${action}`
        happenedAtAll.set(key, (happenedAtAll.get(key) ?? 0) + 1)
      }
      const most = new Map<string, number>()
      for (const { events: told } of await pagesOf(made.history.since(base))) {
        const times = new Map<string, number>()
        for (const { timestamp, action } of told) {
          const key = `${timestamp} ${action}`
          times.set(key, (times.get(key) ?? 0) + 1)
          most.set(key, Math.max(most.get(key) ?? 0, times.get(key) ?? 0))
        }
      }
      // Where a page is full of one moment, or of some seconds where those are all it knows, pages begin in its middle.
      const reach = habit.floors || habit.dates !== 'iso' ? 3000 : 2
      const near = (moment: number) =>
        [...happenedAtAll].reduce((sum, [key, times]) => {
          return sum + (Math.abs(Number.parseInt(key, 10) - moment) <= reach ? times : 0)
        }, 0)
      for (const [key, times] of expected) {
        const told = most.get(key) ?? 0
        const whole = near(Number.parseInt(key, 10)) < (habit.cap ?? 1e9) && !habit.newestFirst
        expect(told).toBeGreaterThanOrEqual(whole ? times : 1)
        expect(told).toBeLessThanOrEqual(happenedAtAll.get(key) ?? 0)
      }
    }),
    { numRuns: 300 },
  )
})

test('pages whose events nest without end are read, and one that is given for all is seen to be the same', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  const events = Array.from({ length: 12 }, (_, index) => `{"action":"A${index}","timestamp":${base},"deep":${deep}}`)
  using connection = new Connection({
    api: 'https://h/api',
    authorization: basic('a', 'b'),
    fetch: async (url) => {
      if (url.endsWith('/login')) return Response.json({ id: 1 })
      return new Response(`{"collection":[${events}]}`, { headers: { 'content-type': 'application/json' } })
    },
  })
  const pages = await Array.fromAsync(new EventHistory(connection).since(base))
  expect(pages.map((page) => page.events.length)).toEqual([12, 12, 12, 12])
})
