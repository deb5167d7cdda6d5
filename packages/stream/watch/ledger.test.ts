import { describe, expect, test } from 'bun:test'
import type { PlatformEvent } from '@novnc-tokens/api'
import { array, assert, boolean, constant, constantFrom, integer, nat, oneof, property, tuple } from 'fast-check'
import { eventOf } from '../testing/events.ts'
import { Ledger } from './ledger.ts'

const event = (action: string, timestamp: number | null = 1000, more: object = {}) =>
  eventOf({ action, timestamp, ...more })

/** The actions of those that a page is to tell. */
function told(ledger: Ledger, events: readonly PlatformEvent[]): string {
  const isNew = ledger.page()
  return events
    .filter((each) => isNew(each))
    .map(({ action }) => action)
    .join(' ')
}

describe('an event is told once', () => {
  const [a, b] = [event('A'), event('B')]
  type Step = (ledger: Ledger) => unknown
  const arrives =
    (each: PlatformEvent): Step =>
    (ledger) =>
      ledger.arrived(each)
  const page =
    (...events: readonly PlatformEvent[]): Step =>
    (ledger) =>
      told(ledger, events)
  const drop =
    (each: PlatformEvent): Step =>
    (ledger) =>
      ledger.dropped(each)
  const stories: readonly (readonly [what: string, ...steps: readonly (readonly [Step, unknown])[]])[] = [
    ['that both tell', [arrives(a), true], [page(a), ''], [page(a, b), 'B'], [arrives(b), false]],
    ['that the history tells in several pages', [page(a, b), 'A B'], [page(b), ''], [page(a), '']],
    ['that happened twice', [arrives(a), true], [arrives(a), true], [page(a, a), ''], [page(a, a, a), 'A']],
    ['that happened twice and was seen once', [arrives(a), true], [page(a, a), 'A'], [page(a, a), '']],
    ['that the history has once so far', [arrives(a), true], [arrives(a), true], [page(a), ''], [page(a, a), '']],
    [
      'of which the history is ahead',
      [page(a, a), 'A A'],
      [arrives(a), false],
      [arrives(a), false],
      [arrives(a), true],
    ],
    ['that was dropped', [arrives(a), true], [drop(a), undefined], [page(a), 'A'], [page(a), '']],
    ['of which one was dropped', [arrives(a), true], [arrives(a), true], [drop(a), undefined], [page(a, a), 'A']],
    ['that was dropped before any was told', [drop(a), undefined], [page(a), 'A'], [drop(b), undefined]],
    ['without a moment, by the stream alone', [arrives(event('N', null)), true], [page(event('N', null)), '']],
    ['without a moment, as often as it comes', [arrives(event('N', null)), true], [arrives(event('N', null)), true]],
    ['without a moment, though dropped', [drop(event('N', null)), undefined], [page(event('N', null)), '']],
  ]
  test.each(stories)('%s', (_, ...steps) => {
    const ledger = new Ledger()
    expect(steps.map(([step]) => step(ledger))).toEqual(steps.map(([, result]) => result))
  })

  test('by what makes it, and nothing else', () => {
    const full = { context: 'c', entityURI: '/api/x/1', userURI: '/api/u/1', message: 'm' }
    const differing = [
      event('B', 1000, full),
      event('A', 1001, full),
      event('A', 1000, { ...full, context: 'd' }),
      event('A', 1000, { ...full, entityURI: '/api/x/2' }),
      event('A', 1000, { ...full, userURI: null }),
      event('A', 1000, { ...full, message: 'n' }),
    ]
    const same = event('A', 1000, { ...full, severity: 'WARN', tags: ['x'], entityName: 'N', errorCode: '1' })
    const ledger = new Ledger()
    expect(ledger.arrived(event('A', 1000, full))).toBe(true)
    expect([told(ledger, [same]), told(ledger, differing)]).toEqual(['', 'B A A A A A'])
    expect(ledger.size).toBe(7)
  })

  test('up to 4.6 by less, since the history tells less', () => {
    const ledger = new Ledger()
    const path = '/cloud/virtualdatacenters/1/virtualappliances/2/virtualmachines/3'
    const streamed = eventOf({
      action: 'DEPLOY',
      type: 'VIRTUAL_MACHINE',
      entityIdentifier: path,
      timestamp: 1000,
      source: 'API',
      user: '/admin/enterprises/1/users/1',
    })
    const recorded = eventOf({
      action: '',
      actionPerformed: 'VIRTUAL_MACHINE_DEPLOY',
      component: 'VIRTUAL_MACHINE',
      idVirtualDatacenter: 1,
      idVirtualApp: 2,
      idVirtualMachine: 3,
      timestamp: 1000,
    })
    expect([ledger.arrived(streamed), told(ledger, [recorded])]).toEqual([true, ''])
  })

  test('or twice, rather than never, where it comes as often as nobody counts', () => {
    const ledger = new Ledger()
    let times = 0
    for (let index = 0; index < 70_000; index++) if (ledger.arrived(a)) times++
    expect(times).toBe(70_000)
    expect(ledger.arrived(b)).toBe(true)
    expect(told(ledger, Array<PlatformEvent>(70_000).fill(a)).length).toBeGreaterThan(0)
  })

  test('of many that hardly differ', () => {
    const ledger = new Ledger()
    let lost = 0
    const one = event('DEPLOY_FINISH', 0)
    for (let index = 0; index < 200_000; index++) {
      const entityPath = `/cloud/virtualdatacenters/${index % 100}/virtualappliances/1/virtualmachines/${index}`
      if (!ledger.arrived({ ...one, timestamp: (index % 50) + 1000, entityPath })) lost++
    }
    expect([lost, ledger.size]).toEqual([0, 200_000])
  })
})

describe('whether the history knows what the stream told', () => {
  const cases: readonly (readonly [what: string, prepare: (ledger: Ledger) => void, known: boolean | null])[] = [
    ['cannot be said where it told nothing', () => {}, null],
    ['cannot be said where only the history did', (ledger) => told(ledger, [event('A')]), null],
    ['no', (ledger) => ledger.arrived(event('A')), false],
    ['no, though it has others', (ledger) => void (ledger.arrived(event('A')) && told(ledger, [event('B')])), false],
    ['yes', (ledger) => void (ledger.arrived(event('A')) && told(ledger, [event('A')])), true],
    [
      'yes, by one of many',
      (ledger) => {
        for (const action of 'ABC') ledger.arrived(event(action))
        told(ledger, [event('C')])
      },
      true,
    ],
    ['cannot be said of what came before', (ledger) => ledger.arrived(event('A', 999)), null],
    ['cannot be said of what came after', (ledger) => ledger.arrived(event('A', 3000)), null],
  ]
  test.each(cases)('%s', (_, prepare, known) => {
    const ledger = new Ledger()
    prepare(ledger)
    expect(ledger.confirmed(1000, 3000)).toBe(known)
  })
})

test('what is forgotten is told anew, and takes no place', () => {
  const ledger = new Ledger()
  const events = [1000, 2000, 3000].map((timestamp) => event('A', timestamp))
  for (const each of events) ledger.arrived(each)
  ledger.forgetBefore(2999)
  expect(ledger.size).toBe(2)
  ledger.forgetBefore(3000)
  expect([ledger.size, told(ledger, events)]).toEqual([1, 'A A'])
})

test('what was told is saved, but for what waits', () => {
  const ledger = new Ledger()
  const [a, b, c, old] = [event('A'), event('B'), event('C', 5000), event('A', 500)]
  for (const each of [old, a, a, b, c, event('N', null)]) ledger.arrived(each)
  const saved = JSON.parse(JSON.stringify(ledger.save(1000, [a, c, event('N', null)])))
  expect(saved).toEqual([
    [1, expect.any(Number), 1],
    [1, expect.any(Number), 1],
  ])
  const later = new Ledger()
  later.restore(saved)
  expect(told(later, [a, a, b, c])).toBe('A C')
  // The stream of the later watch tells nothing again either.
  const other = new Ledger()
  other.restore(saved)
  expect([other.arrived(b), other.arrived(c), other.confirmed(0, 9000)]).toEqual([false, true, true])
})

/** What happens to a ledger: an event, at the stream or not; a page of the history; a drop; a restart. */
const step = oneof(
  { weight: 4, arbitrary: tuple(constant('happen' as const), nat(5), boolean()) },
  { weight: 2, arbitrary: tuple(constant('page' as const), nat(2 ** 30), boolean()) },
  { weight: 1, arbitrary: tuple(constant('drop' as const), nat(50), boolean()) },
  { weight: 1, arbitrary: tuple(constantFrom('restart' as const), integer({ min: 0, max: 5 }), boolean()) },
)

test('whatever comes in whatever order, each event is told once in the end, and never more often', () => {
  const kinds = ['A', 'B', 'C'].flatMap((action) => [event(action, 1000), event(action, 1700)])
  assert(
    property(array(step, { maxLength: 60 }), (steps) => {
      let ledger = new Ledger()
      const happened: number[] = []
      /** What the consumer has; the last of them may still be dropped. */
      const delivered: number[] = []
      const count = (list: readonly number[], kind: number) => list.filter((each) => each === kind).length
      const page = (shown: readonly number[]) => {
        const isNew = ledger.page()
        for (const kind of shown) if (isNew(kinds[kind] as PlatformEvent)) delivered.push(kind)
      }
      for (const [what, number, flag] of steps) {
        if (what === 'happen') {
          happened.push(number)
          if (flag && ledger.arrived(kinds[number] as PlatformEvent)) delivered.push(number)
        } else if (what === 'page') {
          // Some of what happened so far, in order, as the bits of a number say.
          page(happened.filter((_, index) => ((number >> (index % 30)) & 1) === 1))
        } else if (what === 'drop') {
          for (const kind of delivered.splice(Math.max(0, delivered.length - number))) {
            ledger.dropped(kinds[kind] as PlatformEvent)
          }
        } else {
          // The consumer has not taken the last ones.
          const waiting = delivered.splice(Math.max(0, delivered.length - number))
          const saved = ledger.save(
            0,
            waiting.map((kind) => kinds[kind] as PlatformEvent),
          )
          ledger = new Ledger()
          ledger.restore(saved)
        }
        const tooMany = [...kinds.keys()].filter((kind) => count(delivered, kind) > count(happened, kind))
        if (tooMany.length > 0) throw new Error(`Told too often: ${tooMany}`)
      }
      page(happened)
      expect(delivered.toSorted()).toEqual(happened.toSorted())
    }),
    { numRuns: 2000 },
  )
})
