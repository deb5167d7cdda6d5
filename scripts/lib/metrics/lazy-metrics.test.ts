import { expect, test } from 'bun:test'
import type { Note } from '@novnc-tokens/tokens'
import { fakeStatus } from '../health/fake-status.ts'
import { lazyMetrics } from './lazy-metrics.ts'

const written: Note = { kind: 'written', output: '/a', added: 2, removed: 0, tokens: 2, durationMs: 3 }
const event: Note = { kind: 'event', action: 'DEPLOY', path: null }

test('what was noted before the first scrape is counted, each note once', async () => {
  const metrics = lazyMetrics()
  for (const note of [written, event, written]) metrics.observe(note)
  await metrics.render(fakeStatus())
  metrics.observe(written)
  expect(await metrics.render(fakeStatus())).toContain('novnc_tokens_output_added_tokens_total{output="/a"} 6')
})

test('the library is loaded at the first scrape, once', async () => {
  let loads = 0
  const metrics = lazyMetrics(async () => {
    loads++
    return { observe: () => {}, render: async () => 'text' }
  })
  metrics.observe(written)
  expect(loads).toBe(0)
  expect(await Promise.all([metrics.render(fakeStatus()), metrics.render(fakeStatus())])).toEqual(['text', 'text'])
  expect(loads).toBe(1)
})

test('it is loaded unasked before too many notes are kept', () => {
  let loads = 0
  const metrics = lazyMetrics(async () => {
    loads++
    return { observe: () => {}, render: async () => '' }
  })
  for (let note = 0; note < 3000; note++) metrics.observe(event)
  expect(loads).toBe(0)
  for (let note = 0; note < 1000; note++) metrics.observe(written)
  expect(loads).toBe(1)
})
