import { expect, test } from 'bun:test'
import { SseError, type Update, type WatchStatus } from '@novnc-tokens/stream'
import { createLogger } from '../log/log.ts'
import { watchLog } from './watch-log.ts'

type Told = Exclude<Update, { kind: 'event' }>
type Standing = Pick<WatchStatus, 'kind' | 'instead'>

function linesOf(updates: readonly Told[], standing: Standing = { kind: 'stream', instead: null }): string[] {
  const lines: string[] = []
  const write = (line: string) => lines.push(line.trimEnd())
  const logger = createLogger({ format: 'text', level: 'info', secrets: () => [], write, journal: true })
  const log = watchLog({ logger, clock: { now: () => 1000 }, status: () => standing })
  for (const update of updates) log(update)
  return lines
}

const down: Told = { kind: 'down', error: new Error('The server ended the stream'), retryInMs: 1500 }
const open: Told = { kind: 'open', at: null }

test.each<[string, Told, Standing | undefined, string]>([
  ['the stream', open, undefined, '<6>The event stream is open'],
  ['polling that was asked for', open, { kind: 'poll', instead: null }, '<6>Polling for events'],
  [
    'polling instead of the stream',
    open,
    { kind: 'poll', instead: 'answered 404' },
    '<4>Polling for events instead of streaming them why="answered 404"',
  ],
  [
    'a gap that is being closed',
    { kind: 'gap', from: 0, why: 'ended', closing: true },
    undefined,
    '<6>Events may have been missed; the history is asked for them since=1970-01-01T00:00:00.000Z why=ended',
  ],
  [
    'a gap that stays',
    { kind: 'gap', from: null, why: 'too old', closing: false },
    undefined,
    '<4>Events were missed why="too old"',
  ],
  ['the end of a gap', { kind: 'caught-up', recovered: 3 }, undefined, '<6>Caught up recovered=3'],
  ['an outage', down, undefined, '<4>No events come why="The server ended the stream" retryInSeconds=2'],
])('a line tells of %s', (_, update, standing, line) => {
  expect(linesOf([update], standing)).toEqual([line])
})

const closing: Told = { kind: 'gap', from: 0, why: 'silent', closing: true }
const forGood: Told = { kind: 'gap', from: null, why: 'too old', closing: false }
const caughtUp: Told = { kind: 'caught-up', recovered: 0 }
const silent: Told = { kind: 'down', error: new SseError('silent', 'The stream was silent for 150 s'), retryInMs: 0 }

test.each<[string, readonly Told[], readonly string[]]>([
  [
    'nothing is claimed of what was missed for good',
    [open, forGood, caughtUp, closing, caughtUp],
    [
      '<6>The event stream is open',
      '<4>Events were missed why="too old"',
      '<6>Caught up, but for what was missed recovered=0',
      '<6>Events may have been missed; the history is asked for them since=1970-01-01T00:00:00.000Z why=silent',
      '<6>Caught up recovered=0',
    ],
  ],
  [
    'a stream that is only silent is no news',
    [open, silent, open, closing, caughtUp, silent, open, closing, caughtUp],
    ['<6>The event stream is open'],
  ],
  ['nor is one whose silence is not told', [open, open, closing, caughtUp], ['<6>The event stream is open']],
  [
    'what its silence hid is',
    [open, silent, open, closing, { ...caughtUp, recovered: 2 }],
    ['<6>The event stream is open', '<6>Caught up recovered=2'],
  ],
  [
    'and so is an outage that it hid',
    [open, silent, down, open],
    [
      '<6>The event stream is open',
      '<4>No events come why="The server ended the stream" retryInSeconds=2',
      '<6>The event stream is open',
    ],
  ],
  [
    'where the history cannot be asked, silence is told once in a while',
    [open, silent, open, forGood, silent, open, forGood],
    ['<6>The event stream is open', '<4>Events were missed why="too old"'],
  ],
])('of a watch that goes on, %s', (_, updates, lines) => {
  expect(linesOf(updates)).toEqual([...lines])
})

test('an outage that only repeats is told once, and again after the watch was open', () => {
  expect(linesOf([down, down, open, down]).map((line) => line.slice(0, 11))).toEqual([
    '<4>No event',
    '<6>The even',
    '<4>No event',
  ])
})
