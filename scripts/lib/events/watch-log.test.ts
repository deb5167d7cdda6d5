import { expect, test } from 'bun:test'
import type { Update, WatchStatus } from '@novnc-tokens/stream'
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

const down: Told = { kind: 'down', error: new Error('The server ended the stream'), retryAt: 2500 }
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
    '<4>Events were missed and cannot be recovered why="too old"',
  ],
  ['the end of a gap', { kind: 'caught-up', recovered: 3 }, undefined, '<6>All events are known again recovered=3'],
  ['an outage', down, undefined, '<4>No events come why="The server ended the stream" retryInSeconds=2'],
])('a line tells of %s', (_, update, standing, line) => {
  expect(linesOf([update], standing)).toEqual([line])
})

test('an outage that only repeats is told once, and again after the watch was open', () => {
  expect(linesOf([down, down, open, down]).map((line) => line.slice(0, 11))).toEqual([
    '<4>No event',
    '<6>The even',
    '<4>No event',
  ])
})
