import { expect, test } from 'bun:test'
import type { Note } from '@novnc-tokens/tokens'
import { createLogger } from './log.ts'
import { noteLog } from './notes.ts'

function linesOf(notes: readonly Note[], level: 'debug' | 'info' = 'info', everyMs = 0): string[] {
  const lines: string[] = []
  const write = (line: string) => lines.push(line.trimEnd())
  let now = 0
  const { take } = noteLog(createLogger({ format: 'text', level, secrets: () => [], write, journal: true }), {
    now: () => now,
  })
  for (const note of notes) {
    take(note)
    now += everyMs
  }
  return lines
}

const output = '/t'
const why = 'GET "https://h/api" failed: Unable to connect'
const failed = 'why="GET \\"https://h/api\\" failed: Unable to connect"'
const leftOut = { 'other-datacenter': 0, 'no-datacenter': 0, 'other-enterprise': 0, 'no-enterprise': 0 }
const listed: Note = {
  kind: 'listed',
  enterprises: 3,
  vms: 120,
  tokens: 40,
  leftOut,
  unannounced: 0,
  durationMs: 1999.6,
}
const incomplete: Note = { kind: 'list-incomplete', why, retryInMs: 1500 }

test.each<[Note, string]>([
  [{ kind: 'loaded', output, tokens: 40, refused: 0 }, '<6>Read what the output has output=/t tokens=40'],
  [
    { kind: 'loaded', output, tokens: 40, refused: 2 },
    '<4>Read what the output has; lines that are no tokens will go output=/t tokens=40 refused=2',
  ],
  [
    { kind: 'load-failed', output, why, retryInMs: 1 },
    `<3>The output cannot be read; it keeps what it has output=/t ${failed} retryInSeconds=1`,
  ],
  [
    { kind: 'written', output, added: 3, removed: 1, tokens: 42, durationMs: 6.3 },
    '<6>Wrote the output output=/t added=3 removed=1 tokens=42 ms=6',
  ],
  [
    { kind: 'write-failed', output, why, retryInMs: 30_000 },
    `<3>The output cannot be written; it keeps what it has output=/t ${failed} retryInSeconds=30`,
  ],
  [
    { kind: 'write-blocked', output, why, retryInMs: 30_000 },
    `<3>Some tokens of the output cannot be written; all others are output=/t ${failed} retryInSeconds=30`,
  ],
  [
    { kind: 'changed-by-others', output },
    '<4>Somebody else changed the output; a list will tell what is right output=/t',
  ],
  [
    { kind: 'held', output, tokens: 25, why: '25 of 40 tokens would go by lists alone' },
    '<4>The guard holds removals: they go once another list, one --resync later, agrees; at once at the signal USR2 output=/t tokens=25 why="25 of 40 tokens would go by lists alone"',
  ],
  [{ kind: 'progress', output, done: 5000, total: 90_000 }, '<6>Writing the output output=/t done=5000 total=90000'],
  [{ kind: 'compared', output, tokens: 3 }, '<7>Compared all that the output has output=/t tokens=3'],
  [
    { kind: 'malformed-line', output, hostPort: 'a\nb: 6.6.6.6:1' },
    '<3>No reader could make sense of a line, so it is left out: please report it output=/t hostPort="a\\nb: 6.6.6.6:1"',
  ],
  [{ kind: 'uncarried', output, tokens: 2 }, '<4>The output cannot carry IPv6: tokens are left out output=/t tokens=2'],
  [{ kind: 'role', output, role: 'leader', yielded: false }, '<6>Leader: this process writes the output output=/t'],
  [
    { kind: 'role', output, role: 'standby', yielded: false },
    '<6>Standby: another process writes the output output=/t',
  ],
  [
    { kind: 'role', output, role: 'standby', yielded: true },
    '<6>Standby: another process sees the platform, which this one does not, and writes the output output=/t',
  ],
  [{ kind: 'enterprise-unknown', enterprise: '7' }, '<4>The platform has no such enterprise as is chosen enterprise=7'],
  [{ kind: 'held-no-more', output }, '<6>The guard holds nothing any more output=/t'],
  [{ kind: 'let-go', output, tokens: 25 }, '<6>The held removals are applied output=/t tokens=25'],
  [{ kind: 'event', action: 'DEPLOY_FINISH', path: null }, '<7>Event action=DEPLOY_FINISH path=null'],
  [
    { kind: 'read-failed', what: '/cloud/1', why, retryInMs: 1000 },
    `<4>A single read failed what=/cloud/1 ${failed} retryInSeconds=1`,
  ],
  [listed, '<6>Listed everything enterprises=3 vms=120 tokens=40 unannounced=0 ms=2000'],
  [
    { ...listed, leftOut: { ...leftOut, 'other-datacenter': 7, 'other-enterprise': 2 } },
    '<6>Listed everything enterprises=3 vms=120 tokens=40 leftOut=9 unannounced=0 ms=2000',
  ],
  [
    { ...listed, vms: 0, tokens: 0, leftOut: { ...leftOut, 'other-datacenter': 7 } },
    '<4>Listed everything. No virtual machine has a console in the chosen datacenters, 7 have one elsewhere: check --datacenter enterprises=3 vms=0 tokens=0 leftOut=7 unannounced=0 ms=2000',
  ],
  [incomplete, `<4>The list is not complete; what it lacks keeps its tokens ${failed} retryInSeconds=2`],
  [{ ...incomplete, retryInMs: null }, `<4>The list is not complete; what it lacks keeps its tokens ${failed}`],
  [
    { kind: 'enterprise-refused', enterprise: '3', why },
    `<4>An enterprise refuses the user; what is known of it is kept enterprise=3 ${failed}`,
  ],
  [{ kind: 'enterprise-gone', enterprise: '3' }, '<6>An enterprise is gone enterprise=3'],
  [
    { kind: 'address-refused', vm: '/cloud/1', why: '"a b" is no host' },
    '<4>The address of a virtual machine cannot be used; it gets no token vm=/cloud/1 why="\\"a b\\" is no host"',
  ],
  [{ kind: 'watch-open', by: 'stream', instead: null }, '<6>The event stream is open'],
  [{ kind: 'watch-open', by: 'poll', instead: null }, '<6>Polling for events'],
  [
    { kind: 'watch-open', by: 'poll', instead: 'answered 404' },
    '<4>Polling for events instead of streaming them why="answered 404"',
  ],
  [
    { kind: 'watch-down', why, retryInMs: 1000 },
    `<4>No events come; lists find changes meanwhile ${failed} retryInSeconds=1`,
  ],
  [
    { kind: 'watch-down', why: 'GET "https://h/m/stream" answered 404', retryInMs: 30_000 },
    '<4>No events come; lists find changes meanwhile why="GET \\"https://h/m/stream\\" answered 404; where a platform has no event stream, --watch auto or --watch poll asks the API for its events" retryInSeconds=30',
  ],
  [{ kind: 'gap', why: 'ended', closing: false }, '<4>Events were missed; everything is listed why=ended'],
  [
    { kind: 'gap', why: 'ended', closing: true },
    '<6>Events may have been missed; the history is asked for them why=ended',
  ],
  [{ kind: 'caught-up', recovered: 3 }, '<6>Caught up with the events recovered=3'],
  [{ kind: 'gap-made-up' }, '<6>A complete list made up for the events that were missed'],
  [{ kind: 'unannounced', vms: 2 }, '<6>A list found changes that no event announced vms=2'],
  [
    { kind: 'blind', unannounced: 4, hint: 'lacks X' },
    '<4>Lists find what no event tells, so they come more often unannounced=4 hint="lacks X"',
  ],
  [{ kind: 'sighted' }, '<6>Events tell again what lists find'],
  [
    { kind: 'defect', what: 'the loop', error: new TypeError('no') },
    '<3>This must not happen: please report it what="the loop" err=no',
  ],
])('%#: one line a note', (note, line) => {
  const [logged = ''] = linesOf([note], 'debug')
  expect(logged.replace(/ stack=".*"$/, '')).toBe(line)
})

test('events are no lines at info', () => {
  expect(linesOf([{ kind: 'event', action: 'DEPLOY_FINISH', path: '/cloud/1' }])).toEqual([])
})

test('a list that somebody asked for is told, whatever became of it', () => {
  const lines: string[] = []
  const write = (line: string) => lines.push(line.trimEnd())
  const log = noteLog(createLogger({ format: 'text', level: 'info', secrets: () => [], write, journal: true }), {
    now: () => 0,
  })
  const told = (asked: boolean, note: Note) => {
    const before = lines.length
    if (asked) log.listAsked()
    log.take(note)
    return lines.length - before
  }
  expect([
    [listed, listed, incomplete, incomplete].map((note) => told(false, note)),
    [incomplete, listed, listed].map((note) => told(true, note)),
    told(false, listed),
  ]).toEqual([[1, 0, 1, 0], [1, 1, 1], 0])
})

test('of lists the first is told, and the first after one that was not complete', () => {
  const levels = linesOf([listed, listed, incomplete, incomplete, listed, listed], 'debug').map((line) =>
    line.slice(0, 3),
  )
  expect(levels).toEqual(['<6>', '<7>', '<4>', '<7>', '<6>', '<7>'])
})

test.each<[string, Note, Note]>([
  [
    'an output',
    { kind: 'write-failed', output, why, retryInMs: 1000 },
    { kind: 'written', output, added: 1, removed: 0, tokens: 1, durationMs: 1 },
  ],
  ['the watch', { kind: 'watch-down', why, retryInMs: 1000 }, { kind: 'watch-open', by: 'stream', instead: null }],
  ['the list', incomplete, listed],
])('an outage of %s is told when it begins, changes its reason, and each ten minutes', (_, failed, works) => {
  const other: Note = { ...failed, why: 'another reason' } as Note
  const minutes = Array.from({ length: 21 }, () => failed)
  const levels = linesOf([...minutes, other, works, other], 'debug', 60_000).map((line) => line.slice(0, 3))
  const first = levels[0] ?? ''
  const repeats = Array.from({ length: 9 }, () => '<7>')
  expect(['<3>', '<4>']).toContain(first)
  expect(levels).toEqual([first, ...repeats, '<4>', ...repeats, '<4>', first, '<6>', first])
})

test('a stream that is only silent and opened anew is no news, unless its silence hid something', () => {
  const open: Note = { kind: 'watch-open', by: 'stream', instead: null }
  const silent: Note = { kind: 'watch-down', why: 'The stream was silent for 150 s', retryInMs: 0 }
  const gap: Note = { kind: 'gap', why: silent.why, closing: true }
  const caughtUp: Note = { kind: 'caught-up', recovered: 0 }
  const quiet = [open, silent, open, gap, caughtUp, open, gap, caughtUp]
  expect(linesOf([...quiet, silent, open, gap, { ...caughtUp, recovered: 1 }])).toEqual([
    '<6>The event stream is open',
    '<6>Caught up with the events recovered=1',
  ])
})

test('what a silent stream hid, and what each list of a blind watch finds, is no news', () => {
  const open: Note = { kind: 'watch-open', by: 'stream', instead: null }
  const found: Note = { kind: 'unannounced', vms: 1 }
  const blind: Note = { kind: 'blind', unannounced: 2, hint: 'lacks X' }
  const madeUp: Note = { kind: 'gap-made-up' }
  expect(linesOf([open, found, open, madeUp, found, blind, found, { kind: 'sighted' }, found])).toEqual([
    '<6>The event stream is open',
    '<6>A list found changes that no event announced vms=1',
    '<6>A list found changes that no event announced vms=1',
    '<4>Lists find what no event tells, so they come more often unannounced=2 hint="lacks X"',
    '<6>Events tell again what lists find',
    '<6>A list found changes that no event announced vms=1',
  ])
})

test('a platform full of addresses that cannot be used gives ten lines a list, and their number', () => {
  const refused = Array.from(
    { length: 1000 },
    (_, index): Note => ({ kind: 'address-refused', vm: `/${index}`, why: 'no' }),
  )
  const lines = linesOf([...refused, listed, listed, ...refused.slice(0, 10), listed])
  expect(lines.filter((line) => line.startsWith('<4>The address'))).toHaveLength(20)
  expect(lines.filter((line) => line.includes('more='))).toEqual([
    '<4>More addresses of virtual machines cannot be used; level debug names them more=990',
  ])
})
