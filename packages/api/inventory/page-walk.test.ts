import { describe, expect, test } from 'bun:test'
import { assert, boolean, constantFrom, integer, oneof, property, record } from 'fast-check'
import { type PageFacts, PageWalk, type Verdict } from './page-walk.ts'

const path = '/admin/enterprises/1/action/virtualmachines'
const complete: Verdict = { complete: true, why: null }
const incomplete = (why: string): Verdict => ({ complete: false, why })

/** What a server answers to a path: a page, or 400. */
type Answer = Partial<PageFacts> | 400
type Server = (asked: Asked) => Answer

/** A request as a server reads it; null where it was not given. */
interface Asked {
  readonly limit: number | null
  readonly startwith: number | null
  /** How many requests came before. */
  readonly before: number
}

/** Walks over what a server answers, to the end or to `most` requests. */
function walk(server: Server, most = 1000) {
  const walked = new PageWalk(path, (href) =>
    href.startsWith('https://h/api') ? href.slice('https://h/api'.length) : null,
  )
  const asked: string[] = []
  const seen = new Set<string>()
  let step = walked.start()
  while ('read' in step && asked.length < most) {
    const { pathname, search, searchParams } = new URL(step.read, 'https://h')
    expect(pathname).toBe(path)
    const number = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : null)
    const answer = server({ limit: number('limit'), startwith: number('startwith'), before: asked.length })
    asked.push(search)
    if (answer === 400) {
      const other = walked.refused()
      if (other === null) return { end: incomplete('refused'), asked, seen }
      step = other
      continue
    }
    const ids = answer.ids ?? []
    for (const id of ids) seen.add(id)
    step = walked.take({ ids, length: ids.length, totalSize: null, next: null, linked: false, ...answer })
  }
  return { end: 'end' in step ? step.end : null, asked, seen }
}

const range = (from: number, to: number): string[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => String(from + index))

const href = (query: string): string => `https://h/api${path}?${query}`

describe('a walk ends complete', () => {
  const cases: readonly (readonly [what: string, server: Server, asked: readonly string[], count: number])[] = [
    ['over an empty collection', () => ({}), ['?limit=250'], 0],
    ['over one short page', () => ({ ids: range(0, 7) }), ['?limit=250'], 7],
    [
      'over pages by startwith, the last one short',
      ({ startwith }) => ({ ids: range(startwith ?? 0, Math.min(600, (startwith ?? 0) + 250)) }),
      ['?limit=250', '?limit=250&startwith=250', '?limit=250&startwith=500'],
      600,
    ],
    [
      'over an exact multiple of the page size, which takes one request more',
      ({ startwith }) => ({ ids: range(startwith ?? 0, Math.min(500, (startwith ?? 0) + 250)) }),
      ['?limit=250', '?limit=250&startwith=250', '?limit=250&startwith=500'],
      500,
    ],
    [
      'over pages by next, however short they are',
      ({ before }) => ({
        ids: range(before * 100, before * 100 + 100),
        linked: true,
        next: before < 2 ? href(`token=${before + 1}`) : null,
      }),
      ['?limit=250', '?token=1', '?token=2'],
      300,
    ],
    [
      'over a full last page with links but no next',
      ({ before }) => ({
        ids: range(before * 250, before * 250 + 250),
        linked: true,
        next: before < 1 ? href('p=2') : null,
      }),
      ['?limit=250', '?p=2'],
      500,
    ],
    [
      'by totalSize over pages that the server keeps shorter',
      ({ startwith }) => ({ ids: range(startwith ?? 0, Math.min(250, (startwith ?? 0) + 100)), totalSize: 250 }),
      ['?limit=250', '?limit=250&startwith=100', '?limit=250&startwith=200'],
      250,
    ],
    [
      'over a server that knows startwith but no limit',
      ({ startwith }) => ({ ids: range(startwith ?? 0, Math.min(60, (startwith ?? 0) + 25)) }),
      ['?limit=250', '?limit=250&startwith=25', '?limit=250&startwith=50'],
      60,
    ],
    [
      'over 25 elements of a server that pages, which takes one request more',
      ({ startwith }) => ({ ids: range(startwith ?? 0, 25) }),
      ['?limit=250', '?limit=250&startwith=25'],
      25,
    ],
    [
      'over 25 elements of a server that does not page',
      () => ({ ids: range(0, 25) }),
      ['?limit=250', '?limit=250&startwith=25', '?limit=0'],
      25,
    ],
    [
      'over 25 elements, without another request, where totalSize says that these are all',
      () => ({ ids: range(0, 25), totalSize: 25 }),
      ['?limit=250'],
      25,
    ],
    [
      'over a page longer than asked, by reading everything once',
      () => ({ ids: range(0, 251) }),
      ['?limit=250', '?limit=0'],
      251,
    ],
    [
      'over a server that repeats its first page, by reading everything once',
      ({ limit }) => ({ ids: range(0, limit === 0 ? 700 : 250) }),
      ['?limit=250', '?limit=250&startwith=250', '?limit=0'],
      700,
    ],
    [
      'over a server whose next leads back to the first page, by reading everything once',
      ({ limit, before }) =>
        limit === 0
          ? { ids: range(0, 500) }
          : {
              ids: range((before % 2) * 250, (before % 2) * 250 + 250),
              linked: true,
              next: href(`startwith=${250 * ((before + 1) % 2)}`),
            },
      ['?limit=250', '?startwith=250', '?startwith=0', '?limit=0'],
      500,
    ],
    [
      'over a server that refuses a limit, by reading everything once',
      ({ limit }) => (limit === 250 ? 400 : { ids: range(0, 30) }),
      ['?limit=250', '?limit=0'],
      30,
    ],
    [
      'over a server that refuses every limit, by what it gives without one',
      ({ limit, startwith }) =>
        limit !== null ? 400 : { ids: range(startwith ?? 0, Math.min(60, (startwith ?? 0) + 25)) },
      ['?limit=250', '?limit=0', '', '?startwith=25', '?startwith=50', '?startwith=60'],
      60,
    ],
    [
      'over a server that refuses every limit and gives everything',
      ({ limit }) => (limit !== null ? 400 : { ids: range(0, 300) }),
      ['?limit=250', '?limit=0', '', '?startwith=300'],
      300,
    ],
    [
      'over a longer page of a server that refuses limit=0',
      ({ limit }) => (limit === 0 ? 400 : { ids: range(0, 300) }),
      ['?limit=250', '?limit=0', '', '?startwith=300'],
      300,
    ],
    [
      'over a server that pages although everything was asked for',
      ({ limit, before }) => {
        if (limit === 250) return 400
        return {
          ids: range((before - 1) * 100, before * 100),
          linked: true,
          next: before < 3 ? href(`limit=0&p=${before}`) : null,
        }
      },
      ['?limit=250', '?limit=0', '?limit=0&p=1', '?limit=0&p=2'],
      300,
    ],
    [
      'where everything came at once, whatever its next says',
      ({ limit }) => ({
        ids: range(0, 300),
        totalSize: 300,
        linked: true,
        next: limit === 0 ? href('limit=0&startwith=300') : null,
      }),
      ['?limit=250', '?limit=0'],
      300,
    ],
    [
      'where elements that appeared meanwhile push known ones to the next page',
      ({ startwith, before }) => {
        const all = [...range(1000, 1000 + before * 3), ...range(0, 400)]
        return { ids: all.slice(startwith ?? 0, (startwith ?? 0) + 250) }
      },
      ['?limit=250', '?limit=250&startwith=250'],
      400,
    ],
    [
      'where the last page has known elements only, since some appeared meanwhile',
      ({ startwith, before }) => ({
        ids: [...range(1000, 1000 + before), ...range(0, 250)].slice(startwith ?? 0, (startwith ?? 0) + 250),
      }),
      ['?limit=250', '?limit=250&startwith=250'],
      250,
    ],
    [
      'where elements went meanwhile, down to none',
      ({ startwith, before }) => ({ ids: before === 0 ? range(0, 250) : range(startwith ?? 0, 0) }),
      ['?limit=250', '?limit=250&startwith=250'],
      250,
    ],
    [
      'over elements without an id, which count all the same',
      ({ startwith }) => (startwith === null ? { ids: range(1, 250), length: 250 } : { ids: range(250, 260) }),
      ['?limit=250', '?limit=250&startwith=250'],
      259,
    ],
  ]
  test.each(cases)('%s', (_, server, asked, count) => {
    const walked = walk(server)
    expect({ ...walked, seen: walked.seen.size }).toEqual({ end: complete, asked: [...asked], seen: count })
  })
})

describe('a walk ends incomplete', () => {
  const cases: readonly (readonly [what: string, server: Server, requests: number, why: string])[] = [
    [
      'where next leads out of the API',
      () => ({ ids: range(0, 25), linked: true, next: 'https://h/elsewhere' }),
      1,
      'its link "next" leads out of the API',
    ],
    [
      'where next leads in a circle',
      ({ before }) => ({ ids: range(before * 10, before * 10 + 10), linked: true, next: href(`p=${before % 3}`) }),
      4,
      'its links "next" lead in a circle',
    ],
    [
      'where a later page is repeated',
      ({ startwith }) => ({ ids: range((startwith ?? 0) > 0 ? 250 : 0, (startwith ?? 0) > 0 ? 500 : 250) }),
      3,
      'a page is repeated',
    ],
    [
      'where totalSize is too big',
      () => ({ ids: range(0, 7), totalSize: 8, linked: true, next: null }),
      3,
      'it has 7 elements, but says that it has 8',
    ],
    [
      'where totalSize is too big and no more comes',
      ({ startwith }) => ({ ids: startwith === null ? range(0, 7) : [], totalSize: 8 }),
      2,
      'it has 7 elements, but says that it has 8',
    ],
    [
      'where totalSize is too small',
      () => ({ ids: range(0, 7), totalSize: 6 }),
      1,
      'it has 7 elements, but says that it has 6',
    ],
    [
      'where elements appeared in front of what was read and totalSize tells it',
      ({ startwith, before }) => {
        const all = [...range(1000, 1000 + before), ...range(0, 300)]
        return { ids: all.slice(startwith ?? 0, (startwith ?? 0) + 250), totalSize: all.length }
      },
      3,
      'it has 300 elements, but says that it has 302',
    ],
    [
      'where everything was asked for and totalSize says that there is more',
      ({ limit }) => ({ ids: range(0, limit === 0 ? 25 : 251), totalSize: 251 }),
      2,
      'it has 25 elements, but says that it has 251',
    ],
    ['where every request is refused', () => 400, 3, 'refused'],
    ['where a later page is refused', ({ before }) => (before === 1 ? 400 : { ids: range(0, 250) }), 2, 'refused'],
    [
      'where it never ends',
      ({ before }) => ({ ids: [String(before)], linked: true, next: href(`p=${before}`) }),
      20_000,
      'it did not end within 20000 pages',
    ],
    [
      'where empty pages never end',
      ({ before }) => ({ linked: true, next: href(`p=${before}`) }),
      20_000,
      'it did not end within 20000 pages',
    ],
  ]
  test.each(cases)('%s', (_, server, requests, why) => {
    const walked = walk(server, 100_000)
    expect({ end: walked.end, requests: walked.asked.length }).toEqual({ end: incomplete(why), requests })
  })
})

test('elements are counted once', () => {
  const pages = new PageWalk(path, () => null)
  pages.start()
  pages.take({ ids: ['1', '2', '1'], length: 3, totalSize: null, next: null, linked: false })
  expect(pages.size).toBe(2)
})

/** A server that tells the truth, as far as it tells anything. */
interface HonestServer {
  readonly count: number
  /** Longest page that it gives; null where it gives what is asked for. */
  readonly cap: number | null
  readonly limit: 'known' | 'ignored' | 'refused' | 'zero is refused'
  readonly startwith: boolean
  readonly next: boolean
  readonly totalSize: boolean
}

function honest(server: HonestServer): Server {
  const all = range(0, server.count)
  return ({ limit, startwith }) => {
    if (limit !== null && server.limit === 'refused') return 400
    if (limit === 0 && server.limit === 'zero is refused') return 400
    const asked = limit === null || server.limit === 'ignored' ? 25 : limit === 0 ? Number.POSITIVE_INFINITY : limit
    const size = Math.min(asked, server.cap ?? Number.POSITIVE_INFINITY)
    const from = startwith ?? 0
    const ids = server.startwith ? all.slice(from, from + size) : all
    const more = server.startwith && from + ids.length < server.count
    return {
      ids,
      totalSize: server.totalSize ? server.count : null,
      linked: server.next,
      next:
        server.next && more ? href(`${limit === null ? '' : `limit=${limit}&`}startwith=${from + ids.length}`) : null,
    }
  }
}

test('over every honest server a walk ends complete, having seen everything, in few requests', () => {
  const counts = oneof(
    integer({ min: 0, max: 1300 }),
    constantFrom(0, 1, 24, 25, 26, 50, 249, 250, 251, 499, 500, 501, 750),
  )
  const servers = record<HonestServer>({
    count: counts,
    cap: oneof(constantFrom(null, 10, 25, 100, 249, 250, 500), integer({ min: 5, max: 600 })),
    limit: constantFrom('known', 'known', 'ignored', 'refused', 'zero is refused'),
    startwith: boolean(),
    next: boolean(),
    totalSize: boolean(),
  })
  assert(
    property(servers, (server) => {
      // Shorter pages than asked for, without a word of it, can't be told from the end.
      const silent = !server.next && !server.totalSize && server.startwith
      const cap = silent && server.cap !== null && server.cap !== 25 ? Math.max(server.cap, 250) : server.cap
      const walked = walk(honest({ ...server, cap }))
      const pageSize = Math.min(cap ?? 250, server.limit === 'known' || server.limit === 'zero is refused' ? 250 : 25)
      expect({ end: walked.end, seen: walked.seen.size }).toEqual({ end: complete, seen: server.count })
      expect(walked.asked.length).toBeLessThanOrEqual(Math.ceil(server.count / pageSize) + 4)
    }),
    { numRuns: 3000 },
  )
})
