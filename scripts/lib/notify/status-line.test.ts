import { expect, test } from 'bun:test'
import { type FakeChanges, fakeStatus, fakeTimes } from '../health/fake-status.ts'
import { statusLine } from './status-line.ts'

const { wall, now } = fakeTimes
const down = { state: 'down', since: wall - 180_000, error: 'The stream broke', retryAt: now + 4200 } as const

test.each<[string, FakeChanges, string]>([
  ['all is well', { list: { completeSince: wall - 8000 } }, '40 tokens, list 8 s old'],
  ['one token', { outputs: [{ tokens: 1 }] }, '1 token, list 60 s old'],
  [
    'before the first list, with an earlier output',
    { list: { completeSince: null }, tokens: 0 },
    'Degraded: No list is complete yet, and the tokens of an earlier run are served; 40 tokens, no list yet',
  ],
  [
    'nothing to serve',
    { list: { completeSince: null }, outputs: [{ existed: false, tokens: 0 }] },
    'Not ready: No list is complete yet, and there are no tokens of an earlier run to serve; 0 tokens, no list yet',
  ],
  [
    'something that is tried again',
    { watch: down },
    'Degraded: The event stream has been down for 3 min: The stream broke; lists find changes meanwhile; 40 tokens, list 60 s old',
  ],
  [
    'several things',
    { refusedAddresses: 2, sight: { blind: true, hint: 'no privilege' }, unknownEnterprises: ['7'] },
    'Degraded: Events do not tell what lists find: no privilege (and 2 more); 40 tokens, list 60 s old',
  ],
  [
    'a long reason with a line end',
    { list: { why: `a\n${'x'.repeat(300)}` } },
    `Degraded: The last list is not complete: a\\n${'x'.repeat(213)}...; 40 tokens, list 60 s old`,
  ],
])('%s', (_, changes, text) => {
  expect(statusLine(fakeStatus(changes), fakeTimes).text).toBe(text)
})

test('its substance is all but the times', () => {
  const line = (changes: FakeChanges) => statusLine(fakeStatus(changes), fakeTimes).substance
  const later: FakeChanges = {
    list: { completeSince: wall - 200_000 },
    watch: { ...down, since: wall - 3 * 3_600_000 - 300_000, retryAt: now },
  }
  expect(line(later)).toBe(line({ watch: down }))
  expect(line({ watch: down, outputs: [{ tokens: 41 }] })).not.toBe(line({ watch: down }))
})
