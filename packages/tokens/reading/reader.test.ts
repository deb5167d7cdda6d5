import { describe, expect, test } from 'bun:test'
import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import type { ReadWant } from '../agenda/agenda.ts'
import { Book, type Change, type Row } from '../book/book.ts'
import { Ticks } from '../book/tick.ts'
import type { Expectation } from '../events/trigger.ts'
import {
  apiError,
  broken,
  FakePlatform,
  forbidden,
  machinePath,
  proxy404,
  vmPath,
  vmsPath,
} from '../testing/fake-platform.ts'
import { tokenOf } from '../token/token.ts'
import { isMet, Reader, readTriggerOf } from './reader.ts'
import { Sightings } from './sightings.ts'

const signal = new AbortController().signal
const token = (port: number) => tokenOf({ host: '10.0.0.1', port })

/** A reader of a fake platform, with all around it. */
function reading() {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  const book = new Book()
  const ticks = new Ticks()
  const changes: Change[] = []
  const sightings = new Sightings(() => {})
  const reader = new Reader({
    inventory: platform,
    book,
    sightings,
    ticks,
    announced: (id) => id !== 'unannounced',
    onChanges: (some) => changes.push(...some),
  })
  return {
    platform,
    book,
    changes,
    ticks,
    sightings,
    /** Ports of the tokens that are right. */
    tokens: () => [...book.lines()].map(([, { port }]) => port).sort((a, b) => a - b),
    read: (want: ReadWant) => reader.read(want, signal),
    /** Lets the book know what the platform has now. */
    know() {
      for (const vm of platform.visible()) book.found(sightings.of(vm), ticks.next(), () => false)
    },
  }
}

function vm(id: string, fields: Partial<ReadWant> = {}): ReadWant {
  return {
    kind: 'vm',
    id,
    path: vmPath(id),
    enterprise: '1',
    tick: 1,
    since: 0,
    startedAt: 0,
    expects: null,
    mayBeGone: false,
    failures: 0,
    told: false,
    ...fields,
  }
}

function machine(id: string, expects: Expectation | null = 'change'): ReadWant {
  return { ...vm(id), kind: 'machine', id: machinePath(id), path: machinePath(id), enterprise: null, expects }
}

const told = (met: boolean) => ({ kind: 'told', met }) as const

describe('reading a VM', () => {
  test('costs one request, and tells the book what it answers', async () => {
    const { changes, platform, read, tokens } = reading()
    platform.fill('1', [1])
    expect(await read(vm('1', { expects: 'address' }))).toEqual({
      issued: 1,
      outcome: told(true),
      lost: false,
      lacking: [],
      why: null,
    })
    expect([platform.requests, tokens(), changes]).toEqual([
      [vmPath('1')],
      [1],
      [{ token: token(1), address: { host: '10.0.0.1', port: 1 }, id: '1', announced: true }],
    ])
  })

  test.each<[Expectation | null, boolean, boolean]>([
    ['address', true, true],
    ['address', false, false],
    ['none', true, false],
    ['none', false, true],
    [null, true, true],
    [null, false, true],
  ])('that should have %p is as expected with an address (%p): %p', async (expects, deployed, met) => {
    const { platform, read } = reading()
    platform.fill('1', [1])
    if (!deployed) platform.undeploy(1)
    expect((await read(vm('1', { expects }))).outcome).toEqual(told(met))
  })

  test('that should have changed is as expected once its address, machine or path did', async () => {
    const changes = [{}, { host: '10.0.0.9' }, { machine: machinePath('2') }, { appliance: '2' }]
    const met = changes.map(async (fields) => {
      const { know, platform, read } = reading()
      platform.fill('1', [1])
      know()
      platform.change('1', fields)
      return (await read(vm('1', { expects: 'change', path: vmPath('1', fields.appliance) }))).outcome
    })
    expect(await Promise.all(met)).toEqual([told(false), told(true), told(true), told(true)])
  })

  test('that nobody knew is as expected when a change was', async () => {
    const { platform, read } = reading()
    platform.fill('1', [1])
    expect((await read(vm('1', { expects: 'change' }))).outcome).toEqual(told(true))
  })

  test('takes its enterprise from the event where its entity does not tell it', async () => {
    const { book, platform, read } = reading()
    platform.fill('1', [1])
    const entity = platform.virtualMachine.bind(platform)
    platform.virtualMachine = async (...args) => ({ ...(await entity(...args)), enterprise: null })
    await read(vm('1', { enterprise: '4' }))
    expect(book.row('1')?.enterprise).toBe('4')
  })

  test('with a forged address leaves it without a token, and harms nothing', async () => {
    const { know, platform, read, sightings, tokens } = reading()
    platform.fill('1', [1, 2])
    know()
    platform.change('1', { host: '10.0.0.1\nfff: 6.6.6.6' })
    await read(vm('1'))
    expect([tokens(), sightings.refused]).toEqual([[2], 1])
  })

  test('is told with the tick of its own request, so that what was read later wins', async () => {
    const { book, know, platform, read, ticks, tokens } = reading()
    platform.fill('1', [1])
    const go = platform.hold(() => true)
    const result = read(vm('1'))
    await settled()
    platform.undeploy(1)
    know()
    go()
    expect([(await result).issued, tokens(), book.row('1')?.asOf, ticks.next()]).toEqual([1, [], 2, 3])
  })
})

describe('a VM that the platform says is not there', () => {
  test('is gone where the event may have ended it', async () => {
    const { book, changes, know, platform, read, tokens } = reading()
    platform.fill('1', [1])
    know()
    platform.remove('1')
    expect(await read(vm('1', { mayBeGone: true, expects: 'none' }))).toMatchObject({
      outcome: told(true),
      lost: false,
    })
    expect([tokens(), book.size, changes]).toEqual([
      [],
      0,
      [{ token: token(1), address: null, id: '1', announced: true }],
    ])
  })

  test('is no more among those whose address is none', async () => {
    const { platform, read, sightings } = reading()
    platform.fill('1', [1], { host: 'a b' })
    await read(vm('1'))
    const before = sightings.refused
    platform.remove('1')
    await read(vm('1', { mayBeGone: true }))
    expect([before, sightings.refused]).toEqual([1, 0])
  })

  test('is lost, and keeps its token, where the event did not end it', async () => {
    const { know, platform, read, tokens } = reading()
    platform.fill('1', [1])
    know()
    platform.remove('1')
    expect(await read(vm('1'))).toMatchObject({ outcome: told(true), lost: true })
    expect(tokens()).toEqual([1])
  })

  test('is read again where it was to be deployed: the platform may lag behind its event', async () => {
    const { read } = reading()
    expect(await read(vm('1', { expects: 'address' }))).toMatchObject({ outcome: told(false), lost: true })
    expect(await read(vm('1', { expects: 'address', mayBeGone: true }))).toMatchObject({
      outcome: told(false),
      lost: false,
    })
  })

  test('is read at its newer path where it moved since the event', async () => {
    const { know, platform, read, tokens } = reading()
    platform.fill('1', [1], { appliance: '2' })
    know()
    expect(await read(vm('1', { mayBeGone: true, path: vmPath('1', '1') }))).toMatchObject({
      issued: 3,
      outcome: told(true),
      lost: false,
    })
    expect([platform.requests, tokens()]).toEqual([[vmPath('1', '1'), vmPath('1', '2')], [1]])
  })

  test('is gone where its newer path says so too', async () => {
    const { know, platform, read, tokens } = reading()
    platform.fill('1', [1], { appliance: '2' })
    know()
    platform.remove('1')
    await read(vm('1', { mayBeGone: true, path: vmPath('1', '1') }))
    expect([platform.requests.length, tokens()]).toEqual([2, []])
  })

  test('is read at the path that became known while it was read at the old one', async () => {
    const { know, platform, read, tokens } = reading()
    platform.fill('1', [1])
    know()
    platform.change('1', { appliance: '2' })
    const go = platform.hold((path) => path === vmPath('1', '1'))
    const result = read(vm('1', { mayBeGone: true }))
    await settled()
    know()
    go()
    expect([(await result).lost, platform.requests, tokens()]).toEqual([false, [vmPath('1'), vmPath('1', '2')], [1]])
  })

  test('keeps what was read of it after the request', async () => {
    const { know, platform, read, tokens } = reading()
    const go = platform.hold(() => true)
    const result = read(vm('1', { mayBeGone: true }))
    await settled()
    platform.fill('1', [1])
    know()
    go()
    await result
    expect(tokens()).toEqual([1])
  })
})

describe('an answer that proves nothing', () => {
  async function known() {
    const all = reading()
    all.platform.fill('1', [1])
    all.know()
    return all
  }

  test('is a 404 by somebody else: the VM is lost, and keeps its token', async () => {
    const { platform, read, tokens } = await known()
    platform.fault = proxy404
    expect(await read(vm('1', { mayBeGone: true, expects: 'none' }))).toMatchObject({ outcome: told(true), lost: true })
    expect(tokens()).toEqual([1])
  })

  test('is one about another VM', async () => {
    const { platform, read, tokens } = await known()
    const entity = platform.virtualMachine.bind(platform)
    platform.virtualMachine = async (...args) => ({ ...(await entity(...args)), id: '2', vdrpPort: 0 })
    expect([await read(vm('1')), tokens()]).toMatchObject([{ lost: true }, [1]])
  })

  test.each([
    ['500', broken],
    ['403', forbidden],
    ['an HTML page', (path: string) => apiError('not-abiquo', path)],
    ['nothing', (path: string) => apiError('timeout', path)],
  ])('is %s: the read failed, and is to be repeated', async (_, error) => {
    const { platform, read, tokens } = await known()
    platform.fault = error
    expect(await read(vm('1', { mayBeGone: true }))).toMatchObject({
      issued: 2,
      outcome: { kind: 'failed', retryAfterMs: null },
      lost: false,
      why: `GET "${vmPath('1')}" failed: ${error('').code}`,
    })
    expect(tokens()).toEqual([1])
  })

  test('hands on how long the platform asks to wait', async () => {
    const { platform, read } = await known()
    platform.fault = (path) => apiError('busy', path, { retryAfterMs: 7000 })
    expect((await read(vm('1'))).outcome).toEqual({ kind: 'failed', retryAfterMs: 7000 })
  })

  test('is a defect, which is thrown', async () => {
    const { platform, read } = await known()
    platform.fault = () => new TypeError('x is not a function')
    await expect(read(vm('1'))).rejects.toThrow('x is not a function')
  })
})

describe('reading a machine', () => {
  async function hosts() {
    const all = reading()
    all.platform.pageSize = 2
    all.platform.fill('1', [1, 2, 3], { machine: machinePath('5') })
    all.platform.fill('1', [4], { machine: machinePath('6') })
    all.know()
    return all
  }

  test('follows all its VMs to their new address, as announced by its event', async () => {
    const { changes, platform, read, tokens } = await hosts()
    for (const id of ['1', '2', '3']) platform.change(id, { host: '10.0.0.9' })
    expect(await read(machine('5'))).toMatchObject({ issued: 5, outcome: told(true), lost: false, lacking: [] })
    expect([platform.requests.length, tokens(), changes.every(({ announced }) => announced)]).toEqual([
      2,
      [1, 2, 3, 4],
      true,
    ])
    expect(changes).toHaveLength(6)
  })

  test('that shows no change is to be repeated', async () => {
    const { read } = await hosts()
    expect((await read(machine('5'))).outcome).toEqual(told(false))
  })

  test('that has no VMs has nothing to change', async () => {
    const { read } = await hosts()
    expect((await read(machine('7'))).outcome).toEqual(told(true))
  })

  test('tells which VMs known there it lacks, and touches none of them', async () => {
    const { platform, read, tokens } = await hosts()
    platform.change('2', { machine: machinePath('6') })
    platform.remove('3')
    const { lacking, outcome } = await read(machine('5'))
    expect([lacking.map(({ id }) => id), outcome, tokens()]).toEqual([['2', '3'], told(true), [1, 2, 3, 4]])
  })

  test.each([
    ['the platform', (path: string) => apiError('not-found', path, { abiquoCode: 'MACHINE-0' })],
    ['somebody else', proxy404],
  ])('that %s says is not there lacks all its VMs', async (_, error) => {
    const { platform, read, tokens } = await hosts()
    platform.fault = error
    const { lacking, outcome } = await read(machine('5'))
    expect([lacking.map(({ id }) => id), outcome, tokens()]).toEqual([['1', '2', '3'], told(true), [1, 2, 3, 4]])
  })

  test('that breaks off has failed, but what it told is known', async () => {
    const { platform, read } = await hosts()
    for (const id of ['1', '2', '3']) platform.change(id, { host: '10.0.0.9' })
    platform.fault = (path) => (path.includes('startwith') ? broken(path) : null)
    const result = await read(machine('5'))
    expect([result.outcome, result.lacking]).toEqual([{ kind: 'failed', retryAfterMs: null }, []])
  })

  test('does not call a VM lacking that was read since', async () => {
    const { know, platform, read } = await hosts()
    platform.pageSize = 250
    platform.remove('3')
    const go = platform.hold(() => true)
    const result = read(machine('5'))
    await settled()
    platform.change('3', { machine: machinePath('5'), port: 3 })
    know()
    go()
    expect((await result).lacking).toEqual([])
  })
})

describe('what is known is as expected', () => {
  const row = (fields: Partial<Row> = {}): Row => ({
    id: '1',
    path: '/1',
    enterprise: '1',
    machine: '/m',
    datacenter: null,
    address: { host: 'h', port: 1 },
    token: 't',
    asOf: 1,
    ...fields,
  })
  const bare = row({ token: null, address: null })

  test.each<[Expectation | null, Row | null, Row | null, boolean]>([
    ['address', null, row(), true],
    ['address', null, bare, false],
    ['address', row(), null, false],
    ['none', null, row(), false],
    ['none', row(), bare, true],
    ['none', row(), null, true],
    ['change', row(), row(), false],
    ['change', bare, bare, false],
    ['change', row(), row({ token: 'u' }), true],
    ['change', row(), row({ machine: '/n' }), true],
    ['change', row(), row({ path: '/2' }), true],
    ['change', row(), null, true],
    ['change', null, row(), true],
    ['new address', row(), row(), false],
    ['new address', row(), bare, false],
    ['new address', row(), null, false],
    ['new address', bare, row(), true],
    ['new address', row(), row({ token: 'u' }), true],
    ['new address', null, row(), true],
    [null, row(), row(), true],
    [null, null, null, true],
  ])('by %p', (expects, before, now, met) => {
    expect(isMet({ expects }, before, now)).toBe(met)
  })
})

test('the VM of a trigger is the last segment of its path', () => {
  expect([readTriggerOf('/a/virtualmachines/7', '4'), readTriggerOf('/a/', null)]).toEqual([
    { kind: 'vm', id: '7', path: '/a/virtualmachines/7', enterprise: '4' },
    null,
  ])
})

test('the list of an enterprise is never asked for by a single read', async () => {
  const { platform, read } = reading()
  platform.fill('1', [1])
  await read(vm('2'))
  expect(platform.requests).not.toContain(vmsPath('1'))
})
