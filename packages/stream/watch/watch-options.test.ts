import { expect, test } from 'bun:test'
import { basic, Connection } from '@novnc-tokens/api'
import { FilterError } from '../filters/check-filters.ts'
import { checkOptions, type WatchOptions } from './watch-options.ts'

using connection = new Connection({ api: 'https://h/api', authorization: basic('a', 'b') })
const cursor = { time: 1, begun: 0, told: [[1, 2, 3]] as const }

const right: readonly (readonly [what: string, options: Partial<WatchOptions>])[] = [
  ['nothing', {}],
  ['a moment', { since: 0, follow: false }],
  ['a cursor', { since: cursor, mode: 'poll', order: 'arrival', recover: true }],
  ['scopes', { filters: { scope: ['PLATFORM'] }, mode: 'auto' }],
  ['the least of all', { queueLength: 4, settleMs: 0, pollIntervalMs: 1, idleTimeoutMs: 1 }],
]

test.each(right)('%s can be asked for', (_, options) => {
  expect(() => checkOptions({ connection, ...options })).not.toThrow()
})

const wrong: readonly (readonly [what: string, options: object, message: string])[] = [
  ['scopes and since', { filters: { scope: ['PLATFORM'] }, since: 0 }, 'The filter "scope" is no field of an event'],
  ['scopes and polling', { filters: { scope: ['PLATFORM'] }, mode: 'poll' }, 'The filter "scope" is no field of an'],
  ['nothing at all', { follow: false }, 'Without "since" there is nothing to tell'],
  ['the past without the history', { since: 0, recover: false }, 'With "since" the history is asked'],
  ['no moment', { since: Number.NaN }, '"since" is a moment in milliseconds since 1970, or what "cursor" gave'],
  ['a date', { since: '2026-11-20' }, '"since" is a moment'],
  ['no cursor', { since: null }, '"since" is a moment'],
  ['a cursor without a time', { since: { ...cursor, time: null } }, '"since" is a moment'],
  ['a cursor without its beginning', { since: { time: 1, told: [] } }, '"since" is a moment'],
  ['a cursor with other things told', { since: { ...cursor, told: ['x'] } }, '"since" is a moment'],
  ['a cursor with too little told', { since: { ...cursor, told: [[1, 2]] } }, '"since" is a moment'],
  ['a mode that is none', { mode: 'push' }, 'No mode is called "push"'],
  ['an order that is none', { order: 'random' }, 'No order is called "random"'],
  ['a queue that is too short', { queueLength: 3 }, '"queueLength" is a whole number from 4'],
  ['a queue that is no number', { queueLength: 4.5 }, '"queueLength" is a whole number from 4'],
  ['a negative time', { settleMs: -1 }, '"settleMs" is a number of milliseconds from 0'],
  ['no time between polls', { pollIntervalMs: 0 }, '"pollIntervalMs" is a number of milliseconds from 1'],
  ['no time at all', { idleTimeoutMs: Number.NaN }, '"idleTimeoutMs" is a number of milliseconds from 1'],
]

test.each(wrong)('%s is refused', (_, options, message) => {
  expect(() => checkOptions({ connection, ...options } as WatchOptions)).toThrow(message)
  expect(() => checkOptions({ connection, ...options } as WatchOptions)).toThrow(RangeError)
})

test('filters that cannot be right are refused', () => {
  expect(() => checkOptions({ connection, filters: { severity: ['WRAN' as 'WARN'] } })).toThrow(FilterError)
})
