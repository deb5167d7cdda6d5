import { expect, test } from 'bun:test'
import type { Note } from '@novnc-tokens/tokens'
import { leavesGarbage } from './garbage.ts'

const written = { kind: 'written', output: '/f', tokens: 20_000, durationMs: 1 } as const
const notes: readonly (readonly [what: string, note: Note, leaves: boolean])[] = [
  ['a list that broke', { kind: 'list-incomplete', why: 'cut', retryInMs: null }, true],
  ['a first write', { ...written, added: 9000, removed: 1000 }, true],
  ['the write of a deploy', { ...written, added: 1, removed: 0 }, false],
  ['a comparison of many tokens', { kind: 'compared', output: '/f', tokens: 20_000 }, true],
  ['one of few', { kind: 'compared', output: '/f', tokens: 200 }, false],
  ['an event', { kind: 'event', action: 'DEPLOY', path: null }, false],
]

test.each(notes)('%s', (_, note, leaves) => {
  expect(leavesGarbage(note)).toBe(leaves)
})
