import { expect, test } from 'bun:test'
import { programVersion } from '../process/version.ts'
import { type FakeChanges, fakeStatus, fakeTimes } from './fake-status.ts'
import { statusView, summary } from './status-view.ts'

const { wall, now } = fakeTimes

test('times are moments with their age, and delays are seconds from now', () => {
  const view = statusView(
    fakeStatus({
      login: { state: 'failing', why: 'timeout', retryAt: now + 4100 },
      list: { completeSince: null },
      watch: { state: 'down', error: 'The stream broke', retryAt: wall + 2300 },
      outputs: [{ lastWriteAt: null }],
    }),
    fakeTimes,
  )
  expect(view).toMatchObject({
    status: 'degraded',
    version: programVersion,
    time: '2026-11-20T10:00:00.000Z',
    turned: { at: '2026-11-20T09:59:58.000Z', ageSeconds: 2 },
    login: { state: 'failing', retryInSeconds: 5 },
    list: { completeSince: null, ended: { at: '2026-11-20T09:59:02.000Z', ageSeconds: 58 }, durationSeconds: 2 },
    watch: { since: { at: '2026-11-20T09:00:00.000Z', ageSeconds: 3600 }, retryInSeconds: 3 },
    outputs: [{ lastWrite: null, modified: { at: '2026-11-20T09:59:02.000Z', ageSeconds: 58 } }],
  })
})

test('of the log-in only its state is told, since its reason names the user', () => {
  const why = 'The platform refuses the log-in of "bob"'
  const { login } = statusView(fakeStatus({ login: { state: 'refused', why, retryAt: now } }), fakeTimes)
  expect(login).toEqual({ state: 'refused', retryInSeconds: 0 })
})

test('the last gap is told with what made up for it, and what is held with what lets it go', () => {
  const { wall } = fakeTimes
  const last = {
    at: wall - 9000,
    why: 'cut for "bob" at 10.0.0.1:5900',
    healed: 'list',
    healedAt: wall - 4000,
  } as const
  const view = statusView(
    fakeStatus({
      gaps: { healed: { history: 2, list: 1 }, last },
      outputs: [{ held: 25, heldWhy: '25 of 40 tokens would go by lists alone', heldSince: wall - 60_000 }, {}],
    }),
    fakeTimes,
  )
  expect(view).toMatchObject({
    gaps: {
      healed: { history: 2, list: 1 },
      last: {
        noticed: { ageSeconds: 9 },
        why: 'cut for "bob" at [address]',
        healed: 'list',
        healedAt: { ageSeconds: 4 },
      },
    },
    outputs: [
      {
        held: 25,
        heldSince: { ageSeconds: 60 },
        heldAdvice: 'they go once another list, one --resync later, agrees; at once at the signal USR2',
      },
      { held: 0, heldSince: null, heldAdvice: null },
    ],
  })
})

test('where nothing is watched there is nothing to tell of it', () => {
  expect(statusView(fakeStatus({ watch: null }), fakeTimes)).toMatchObject({ status: 'ready', watch: null })
})

test('selection, lookups, roles and the change command are told by numbers', () => {
  const lookup = { tokens: 40, waiting: 1, found: 9, unknown: 3, crowded: 2 }
  const onChange = { running: true, runs: 4, failures: 1 }
  const changes: FakeChanges = {
    leftOut: { 'other-datacenter': 1, 'no-datacenter': 2, 'other-enterprise': 3, 'no-enterprise': 4 },
    unknownEnterprises: ['7'],
    outputs: [{ role: 'standby', uncarried: 5 }, {}],
    lookup,
    onChange,
  }
  expect(statusView(fakeStatus(changes), fakeTimes)).toMatchObject({
    leftOut: { otherDatacenter: 1, noDatacenter: 2, otherEnterprise: 3, noEnterprise: 4 },
    unknownEnterprises: ['7'],
    outputs: [
      { role: 'standby', uncarried: 5 },
      { role: null, uncarried: 0 },
    ],
    lookup,
    onChange,
  })
})

test.each<[boolean, string[], 'ready' | 'degraded' | 'unready']>([
  [true, [], 'ready'],
  [true, ['a'], 'degraded'],
  [false, ['a'], 'unready'],
  [false, [], 'unready'],
])('ready %p with reasons %p is %s', (ready, reasons, word) => {
  expect(summary(ready, reasons)).toBe(word)
})
