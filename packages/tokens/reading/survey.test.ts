import { describe, expect, test } from 'bun:test'
import { enterprisePath } from '@novnc-tokens/api'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import { Book, type Change } from '../book/book.ts'
import { Ticks } from '../book/tick.ts'
import type { Note } from '../keeper/note.ts'
import { apiError, broken, FakePlatform, forbidden, gone, proxy404, vmPath, vmsPath } from '../testing/fake-platform.ts'
import { tokenOf } from '../token/token.ts'
import { Coverage } from './coverage.ts'
import { Sightings } from './sightings.ts'
import { type EnterpriseResult, Survey } from './survey.ts'

const enterprises = '/admin/enterprises'
const ports = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)
const signal = new AbortController().signal

/** A survey of a fake platform, with all around it. */
function surveying(random: () => number = Math.random) {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  const book = new Book()
  const coverage = new Coverage()
  const ticks = new Ticks()
  const notes: Note[] = []
  const changes: Change[] = []
  const listed: [string, boolean][] = []
  const pages: number[] = []
  const survey = new Survey({
    inventory: platform,
    book,
    coverage,
    sightings: new Sightings((note) => notes.push(note)),
    ticks,
    concurrency: 6,
    clock,
    random,
    announced: (id) => id.startsWith('announced'),
    note: (note) => notes.push(note),
    onChanges: (some) => changes.push(...some),
    onPage: (vms) => pages.push(vms),
    onListed: (id: string, { complete }: EnterpriseResult) => listed.push([id, complete]),
  })
  return {
    clock,
    platform,
    book,
    coverage,
    ticks,
    notes,
    changes,
    listed,
    pages,
    survey,
    /** Ports of the tokens that are right. */
    tokens: () => [...book.lines()].map(([, { port }]) => port).sort((a, b) => a - b),
    /** Lists everything; gives the paths that were asked for too. */
    async all() {
      const from = platform.requests.length
      const result = await survey.all(signal)
      return { ...result, requests: platform.requests.slice(from) }
    },
  }
}

/** Sends no request for a list until the function that this returns is called, as without a log-in. */
function gated(platform: FakePlatform): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  const enterprisesOf = platform.enterprises.bind(platform)
  platform.enterprises = (options) => promise.then(() => enterprisesOf(options))
  const vmsOf = platform.virtualMachinesOf.bind(platform)
  platform.virtualMachinesOf = async function* (...args) {
    await promise
    return yield* vmsOf(...args)
  }
  return resolve
}

describe('a list of everything', () => {
  test('finds all VMs of all enterprises, and tells the tokens that changed', async () => {
    const { all, book, changes, coverage, listed, platform, tokens } = surveying()
    platform.fill('1', [1, 2])
    platform.fill('2', [3])
    platform.change('4', { enterprise: '2', port: 65_545 })
    platform.found('3')
    expect(await all()).toEqual({
      complete: true,
      why: null,
      error: null,
      began: 1,
      durationMs: 0,
      retryAfterMs: null,
      enterprises: 3,
      failed: [],
      requests: [enterprises, vmsPath('1'), vmsPath('2'), vmsPath('3')],
    })
    expect([book.size, tokens(), changes.length, listed.sort(), coverage.why()]).toEqual([
      4,
      [1, 2, 3],
      3,
      [
        ['1', true],
        ['2', true],
        ['3', true],
      ],
      null,
    ])
  })

  test('gives each VM its enterprise, though its entity does not tell it', async () => {
    const { all, book, platform } = surveying()
    platform.fill('1', [1])
    const listing = platform.virtualMachinesOf.bind(platform)
    platform.virtualMachinesOf = async function* (...args) {
      for await (const page of listing(...args)) yield page.map((vm) => ({ ...vm, enterprise: null }))
      return { complete: true, why: null }
    }
    await all()
    expect(book.row('1')?.enterprise).toBe('1')
  })

  test('applies page by page, before the list has ended', async () => {
    const { pages, platform, survey, tokens } = surveying()
    platform.pageSize = 2
    platform.fill('1', ports(5))
    const go = platform.hold((path) => path.includes('startwith=4'))
    const listing = survey.all(signal)
    await settled()
    expect([tokens(), pages]).toEqual([
      [1, 2, 3, 4],
      [2, 2],
    ])
    go()
    await listing
    expect([tokens(), pages]).toEqual([
      [1, 2, 3, 4, 5],
      [2, 2, 1],
    ])
  })

  test('lists at most so many enterprises at once', async () => {
    const { platform, survey } = surveying()
    platform.found(...ports(20).map(String))
    const go = platform.hold((path) => path.includes('virtualmachines'))
    const listing = survey.all(signal)
    await settled()
    const running = platform.requests.length - 1
    go()
    await listing
    expect([running, platform.requests.length]).toEqual([6, 21])
  })

  test('tells how long it took, and when it began by the clock of ticks', async () => {
    const { all, clock, coverage, platform, ticks } = surveying()
    platform.fill('1', [1])
    platform.latency = (path) => (path === enterprises ? 300 : 700)
    for (let tick = 1; tick <= 6; tick++) ticks.next()
    const listing = all()
    await clock.advance(5000)
    expect([await listing, coverage.agreedSince()]).toMatchObject([{ began: 7, durationMs: 1000 }, 0])
  })

  test('does not count what it waited for before its first request', async () => {
    const { all, clock, coverage, platform, survey } = surveying()
    platform.fill('1', [1])
    platform.latency = (path) => (path === enterprises ? 300 : 700)
    const open = gated(platform)
    const [everything, one] = [all(), survey.enterprise('1', signal)]
    await clock.advance(600_000)
    expect(platform.requests).toEqual([])
    open()
    await clock.advance(5000)
    expect([await everything, await one, coverage.agreedSince()]).toMatchObject([
      { complete: true, durationMs: 1000 },
      { complete: true, durationMs: 700 },
      600_000,
    ])
  })

  test('that cannot have the enterprises tells why, and touches nothing', async () => {
    const { all, coverage, platform, tokens } = surveying()
    platform.fill('1', [1])
    await all()
    platform.fault = (path) => apiError('busy', path, { retryAfterMs: 9000 })
    const why = 'Cannot list enterprises: GET "/admin/enterprises" failed: busy'
    expect(await all()).toMatchObject({ complete: false, why, retryAfterMs: 9000, enterprises: 0, began: 3 })
    expect([tokens(), coverage.why()]).toEqual([[1], why])
  })

  test('whose enterprises are not all there misses none of the others', async () => {
    const { all, coverage, platform, tokens } = surveying()
    platform.fill('1', [1])
    platform.fill('2', [2])
    await all()
    platform.unlistedEnterprises.add('2')
    platform.verdicts.set(enterprises, { complete: false, why: 'a page is repeated' })
    platform.undeploy(1)
    expect(await all()).toMatchObject({
      complete: false,
      why: 'The list of enterprises is not complete: a page is repeated',
      requests: [enterprises, vmsPath('1')],
    })
    expect([tokens(), coverage.ids()]).toEqual([[2], ['1', '2']])
  })

  test('that is aborted rejects, and begins no more requests', async () => {
    const { platform, survey } = surveying()
    const ending = new AbortController()
    platform.found(...ports(20).map(String))
    platform.hold((path) => path.includes('virtualmachines'))
    const listing = survey.all(ending.signal)
    await settled()
    ending.abort(new Error('the end'))
    await expect(listing).rejects.toThrow('the end')
    await settled()
    expect(platform.requests).toHaveLength(7)
  })

  test('that meets a defect rejects with it, and begins no more requests', async () => {
    const { platform, survey } = surveying()
    platform.found(...ports(20).map(String))
    platform.fault = (path) => (path === vmsPath('3') ? new TypeError('x is not a function') : null)
    await expect(survey.all(signal)).rejects.toThrow('x is not a function')
    await settled()
    expect(platform.requests.length).toBeLessThan(20)
  })
})

describe('ticks:', () => {
  test('what a page tells is as old as the request for it, not as the list', async () => {
    const { all, book, platform } = surveying()
    platform.pageSize = 1
    platform.fill('1', [1, 2])
    await all()
    expect([book.row('1')?.asOf, book.row('2')?.asOf]).toEqual([2, 3])
  })

  test('a page that comes late does not undo what was read after it was asked for', async () => {
    const { book, platform, survey, ticks, tokens } = surveying()
    platform.fill('1', [1])
    const go = platform.hold((path) => path === vmsPath('1'))
    const listing = survey.all(signal)
    await settled()
    book.found(
      { id: '1', path: vmPath('1'), enterprise: '1', machine: null, datacenter: null, address: null },
      ticks.next(),
      () => true,
    )
    go()
    await listing
    expect(tokens()).toEqual([])
  })

  test('a VM that was read while its list ran is not lacking in it', async () => {
    const { book, platform, survey, ticks, tokens } = surveying()
    platform.found('1')
    const go = platform.hold((path) => path === vmsPath('1'))
    const listing = survey.all(signal)
    await settled()
    const address = { host: 'h', port: 7 }
    book.found(
      { id: '7', path: vmPath('7'), enterprise: '1', machine: null, datacenter: null, address },
      ticks.next(),
      () => true,
    )
    go()
    expect([await listing, platform.requests, tokens()]).toMatchObject([{ complete: true }, { length: 2 }, [7]])
  })
})

describe('a VM that a complete list lacks', () => {
  test('is asked for itself, and leaves when it says that it is gone', async () => {
    const { all, book, changes, platform, tokens } = surveying()
    platform.fill('1', [1, 2])
    await all()
    platform.remove('2')
    expect(await all()).toMatchObject({ complete: true, requests: [enterprises, vmsPath('1'), vmPath('2')] })
    expect([tokens(), book.size, changes.at(-1)]).toEqual([
      [1],
      1,
      { token: tokenOf({ host: '10.0.0.1', port: 2 }), address: null, id: '2', announced: false },
    ])
  })

  test('tells with its end whether an event announced it', async () => {
    const { all, changes, platform } = surveying()
    platform.found('1')
    platform.change('announced 1', { port: 1 })
    await all()
    platform.remove('announced 1')
    await all()
    expect(changes.map(({ announced }) => announced)).toEqual([true, true])
  })

  test('loses its token when it says that it has no address, and stays known', async () => {
    const { all, book, platform, tokens } = surveying()
    platform.fill('1', [1])
    await all()
    platform.undeploy(1)
    platform.unlisted.add('1')
    expect([(await all()).complete, tokens(), book.size]).toEqual([true, [], 1])
  })

  test('stays when it says that it is still there, though the list is complete', async () => {
    const { all, platform, tokens } = surveying()
    platform.fill('1', [1, 2])
    await all()
    platform.unlisted.add('1')
    expect([(await all()).complete, tokens()]).toEqual([true, [1, 2]])
  })

  test('is asked for at its newest path', async () => {
    const { all, platform } = surveying()
    platform.fill('1', [1])
    await all()
    platform.change('1', { appliance: '2' })
    await all()
    platform.remove('1')
    expect((await all()).requests.at(-1)).toBe(vmPath('1', '2'))
  })

  test('leaves without a question where it has no token to lose', async () => {
    const { all, book, platform } = surveying()
    platform.fill('1', [1])
    platform.undeploy(1)
    await all()
    platform.remove('1')
    expect([await all(), book.size]).toMatchObject([{ requests: [enterprises, vmsPath('1')] }, 0])
  })

  test.each([
    ['a proxy says 404', proxy404],
    ['it is refused', forbidden],
    ['the platform breaks', broken],
  ])('stays when %s, and the list is not complete', async (_, error) => {
    const { all, coverage, platform, tokens } = surveying()
    platform.fill('1', [1, 2])
    await all()
    platform.remove('1')
    platform.fault = (path) => (path === vmPath('1') ? error(path) : null)
    expect([await all(), tokens()]).toMatchObject([{ complete: false, failed: ['1'] }, [1, 2]])
    expect(coverage.why()).toStartWith('Enterprise 1: VMs that it lacks cannot be asked for: GET')
  })

  test('stays when another VM answers in its place', async () => {
    const { all, platform, tokens } = surveying()
    platform.fill('1', [1, 2])
    await all()
    platform.unlisted.add('1')
    const read = platform.virtualMachine.bind(platform)
    platform.virtualMachine = async (path, options) => ({ ...(await read(path, options)), id: '3', vdrpPort: 3 })
    expect([(await all()).complete, tokens()]).toEqual([false, [1, 2]])
  })

  test('does not leave by a list that broke off', async () => {
    const { all, platform, tokens } = surveying()
    platform.pageSize = 2
    platform.fill('1', ports(6))
    await all()
    platform.undeploy(1)
    platform.fault = (path) => (path.includes('startwith=4') ? broken(path) : null)
    const result = await all()
    // What its first pages told is true all the same.
    expect([result.complete, result.failed, tokens(), result.requests.length]).toEqual([false, ['1'], ports(5, 2), 4])
  })

  test('does not leave by a list that says itself that it is not complete', async () => {
    const { all, coverage, platform, tokens } = surveying()
    platform.fill('1', [1, 2])
    await all()
    platform.remove('1')
    platform.verdicts.set(vmsPath('1'), { complete: false, why: 'it has 1 elements, but says that it has 2' })
    expect([(await all()).complete, tokens()]).toEqual([false, [1, 2]])
    expect(coverage.why()).toBe('Enterprise 1: it has 1 elements, but says that it has 2')
  })
})

describe('a VM whose enterprise nothing told', () => {
  /** VM 9, which an event told of, and no list shows. */
  async function strayed() {
    const all = surveying()
    all.platform.fill('1', [1])
    all.platform.fill('1', [9])
    all.platform.unlisted.add('9')
    const address = { host: '10.0.0.1', port: 9 }
    const vm = { id: '9', path: vmPath('9'), enterprise: null, machine: null, datacenter: null, address }
    all.book.found(vm, all.ticks.next(), () => true)
    // Where its own entity does not tell it either.
    const read = all.platform.virtualMachine.bind(all.platform)
    all.platform.virtualMachine = async (...args) => ({ ...(await read(...args)), enterprise: null })
    return all
  }

  test('leaves after a complete list of everything, once it says itself that it is gone', async () => {
    const { all, book, platform, tokens } = await strayed()
    platform.remove('9')
    expect(await all()).toMatchObject({ complete: true, requests: [enterprises, vmsPath('1'), vmPath('9')] })
    expect([tokens(), book.size]).toEqual([[1], 1])
  })

  test('stays as long as it says that it is still there', async () => {
    const { all, tokens } = await strayed()
    expect([await all(), tokens()]).toMatchObject([{ complete: true }, [1, 9]])
  })

  test('stays when it cannot be asked, and the list is not complete', async () => {
    const { all, platform, tokens } = await strayed()
    platform.fault = (path) => (path === vmPath('9') ? broken(path) : null)
    expect([await all(), tokens()]).toMatchObject([
      {
        complete: false,
        failed: [],
        why: `VMs without a known enterprise: VMs that it lacks cannot be asked for: GET "${vmPath('9')}" failed: status`,
      },
      [1, 9],
    ])
  })

  test('is not asked for after a list that is not complete', async () => {
    const { all, platform, tokens } = await strayed()
    platform.remove('9')
    platform.fault = (path) => (path === vmsPath('1') ? broken(path) : null)
    expect([(await all()).requests, tokens()]).toEqual([[enterprises, vmsPath('1')], [9]])
  })
})

describe('many VMs that a complete list lacks', () => {
  async function lacking(count: number, still: readonly number[] = [], random?: () => number) {
    const all = surveying(random)
    all.platform.fill('1', ports(count + 10))
    await all.all()
    for (const port of ports(count)) {
      if (still.includes(port)) all.platform.unlisted.add(String(port))
      else all.platform.remove(String(port))
    }
    const result = await all.all()
    return { ...all, result, asked: result.requests.filter((path) => path.startsWith('/cloud')) }
  }

  test('are all asked for up to 50', async () => {
    const { asked, result, tokens } = await lacking(50)
    expect([new Set(asked).size, result.complete, tokens()]).toEqual([50, true, ports(10, 51)])
  })

  test('stay one by one, up to 50, where they say so', async () => {
    const { result, tokens } = await lacking(50, [7, 33])
    expect([result.complete, tokens()]).toEqual([true, [7, 33, ...ports(10, 51)]])
  })

  test('of more are asked for 20, each once', async () => {
    const { asked, result, tokens } = await lacking(51)
    expect([asked.length, new Set(asked).size, result.complete, tokens()]).toEqual([20, 20, true, ports(10, 52)])
  })

  test('are asked for at random', async () => {
    const [one, other] = await Promise.all([lacking(500), lacking(500)])
    expect(one.asked.sort()).not.toEqual(other.asked.sort())
  })

  test('void the list when one of the 20 is still there; only those that said that they are gone leave', async () => {
    // Without chance the first 20 are asked.
    const { coverage, result, tokens } = await lacking(60, [5], () => 0)
    expect([result.complete, tokens()]).toEqual([false, [5, ...ports(50, 21)]])
    expect(coverage.why()).toBe('Enterprise 1: it lacks 60 VMs, and 1 of 20 asked are still there')
  })

  test('void the list when one of the 20 cannot be asked', async () => {
    const all = surveying(() => 0)
    all.platform.fill('1', ports(60))
    await all.all()
    for (const port of ports(60)) all.platform.remove(String(port))
    all.platform.fault = (path) => (path === vmPath('9') ? broken(path) : null)
    expect([(await all.all()).complete, all.tokens()]).toEqual([false, [9, ...ports(40, 21)]])
  })

  test('leave together, but for those that were read since', async () => {
    const { book, clock, platform, survey, ticks, tokens } = surveying(() => 0)
    platform.fill('1', ports(60))
    await survey.all(signal)
    for (const port of ports(60)) platform.remove(String(port))
    platform.latency = (path) => (path === vmPath('1') ? 1000 : 0)
    const listing = survey.all(signal)
    await clock.advance(500)
    const address = { host: '10.0.0.1', port: 60 }
    book.found(
      { id: '60', path: vmPath('60'), enterprise: '1', machine: null, datacenter: null, address },
      ticks.next(),
      () => true,
    )
    await clock.advance(500)
    expect([(await listing).complete, tokens()]).toEqual([true, [60]])
  })

  test('are not asked for where the platform is asked for something else: all lists empty lose nothing', async () => {
    const { all, platform, tokens } = surveying()
    platform.fill('1', ports(100))
    platform.fill('2', ports(30, 201))
    await all()
    for (const port of [...ports(100), ...ports(30, 201)]) platform.unlisted.add(String(port))
    expect([await all(), tokens().length]).toMatchObject([{ complete: false, failed: ['1'] }, 130])
  })
})

describe('an enterprise', () => {
  async function two() {
    const all = surveying()
    all.platform.fill('1', [1])
    all.platform.fill('2', [2, 3])
    await all.all()
    return all
  }

  test('that answers 403 in the words of the platform is excused, keeps its tokens, and is told of once', async () => {
    const { all, coverage, listed, notes, platform, tokens } = await two()
    platform.fault = (path) => (path === vmsPath('2') ? forbidden(path) : null)
    expect([(await all()).complete, (await all()).complete, tokens()]).toEqual([true, true, [1, 2, 3]])
    const why = `GET "${vmsPath('2')}" failed: forbidden`
    expect([coverage.excused(), coverage.why(), notes, listed.slice(-2).sort().at(-1)]).toEqual([
      [{ id: '2', why }],
      null,
      [{ kind: 'enterprise-refused', enterprise: '2', why }],
      ['2', true],
    ])
  })

  test('that can be listed again is excused no more, and told of anew when it refuses anew', async () => {
    const { all, coverage, notes, platform } = await two()
    const refuse = (path: string) => (path === vmsPath('2') ? forbidden(path) : null)
    platform.fault = refuse
    await all()
    platform.fault = () => null
    await all()
    expect(coverage.excused()).toEqual([])
    platform.fault = refuse
    await all()
    expect(notes).toHaveLength(2)
  })

  test.each([
    ['500', broken],
    ['404 by a proxy', proxy404],
    ['403 by a proxy', (path: string) => apiError('forbidden', path, { status: 403 })],
    ['an HTML page', (path: string) => apiError('not-abiquo', path)],
    ['nothing', (path: string) => apiError('unreachable', path)],
  ])('that answers %s keeps its tokens, and makes the list incomplete', async (_, error) => {
    const { all, coverage, platform, tokens } = await two()
    platform.fault = (path) => (path === vmsPath('2') ? error(path) : null)
    platform.undeploy(1, 2)
    const why = `Enterprise 2: GET "${vmsPath('2')}" failed: ${error('').code}`
    expect([await all(), tokens(), coverage.why()]).toMatchObject([
      { complete: false, failed: ['2'], why },
      [2, 3],
      why,
    ])
  })

  test('that asks for silence is heard, and the longest silence counts', async () => {
    const { all, platform } = await two()
    platform.fault = (path) =>
      path === enterprises ? null : apiError('busy', path, { retryAfterMs: path === vmsPath('1') ? 9000 : 7000 })
    expect(await all()).toMatchObject({ complete: false, retryAfterMs: 9000, failed: ['1', '2'] })
  })

  test('that is new is listed like any other', async () => {
    const { all, platform, tokens } = await two()
    platform.fill('3', [4])
    expect([(await all()).complete, tokens()]).toEqual([true, [1, 2, 3, 4]])
  })

  test('that is missing from the list is gone when it says so itself, with all its VMs', async () => {
    const { all, book, coverage, notes, platform, tokens } = await two()
    platform.dissolve('2')
    expect(await all()).toMatchObject({ complete: true, requests: [enterprises, vmsPath('1'), enterprisePath('2')] })
    expect([tokens(), book.size, coverage.ids(), notes]).toEqual([
      [1],
      1,
      ['1'],
      [{ kind: 'enterprise-gone', enterprise: '2' }],
    ])
    expect((await all()).requests).toEqual([enterprises, vmsPath('1')])
  })

  test('that is missing from the list stays when it is still there', async () => {
    const { all, coverage, platform, tokens } = await two()
    platform.unlistedEnterprises.add('2')
    expect([await all(), tokens()]).toMatchObject([{ complete: false, failed: ['2'] }, [1, 2, 3]])
    expect(coverage.why()).toBe('Enterprise 2: it exists, but is not listed')
  })

  test.each([
    ['a proxy says 404', proxy404],
    ['it breaks', broken],
  ])('that is missing from the list stays when %s', async (_, error) => {
    const { all, platform, tokens } = await two()
    platform.unlistedEnterprises.add('2')
    platform.fault = (path) => (path === enterprisePath('2') ? error(path) : null)
    expect([(await all()).complete, tokens()]).toEqual([false, [1, 2, 3]])
  })

  test('that is missing from the list and refuses us is excused', async () => {
    const { all, coverage, notes, platform, tokens } = await two()
    platform.unlistedEnterprises.add('2')
    platform.fault = (path) => (path === enterprisePath('2') ? forbidden(path) : null)
    expect([(await all()).complete, (await all()).complete, tokens()]).toEqual([true, true, [1, 2, 3]])
    expect([coverage.excused().map(({ id }) => id), notes.map(({ kind }) => kind)]).toEqual([
      ['2'],
      ['enterprise-refused'],
    ])
  })

  test('whose VMs cannot be found is gone when it says so itself', async () => {
    const { platform, survey, tokens } = await two()
    platform.dissolve('2')
    expect(await survey.enterprise('2', signal)).toMatchObject({ complete: true })
    expect(tokens()).toEqual([1])
  })

  test('whose VMs cannot be found though it is there keeps its tokens', async () => {
    const { platform, survey, tokens } = await two()
    platform.fault = (path) => (path === vmsPath('2') ? gone(path) : null)
    expect([(await survey.enterprise('2', signal)).complete, tokens()]).toEqual([false, [1, 2, 3]])
  })

  test('is listed by itself with one request, though it was never in a list', async () => {
    const { platform, survey, tokens, listed } = surveying()
    platform.fill('9', [1])
    expect(await survey.enterprise('9', signal)).toEqual({
      complete: true,
      why: null,
      began: 1,
      durationMs: 0,
      retryAfterMs: null,
      error: null,
    } as EnterpriseResult)
    expect([platform.requests, tokens(), listed]).toEqual([[vmsPath('9')], [1], [['9', true]]])
  })

  test('that only events told of is asked for too, when no list has it', async () => {
    const { all, book, platform, tokens } = await two()
    const address = { host: 'h', port: 9 }
    book.found({ id: '9', path: vmPath('9'), enterprise: '7', machine: null, datacenter: null, address }, 3, () => true)
    expect([(await all()).requests.at(-1), tokens(), platform.requests.length > 0]).toEqual([
      enterprisePath('7'),
      [1, 2, 3],
      true,
    ])
  })
})
