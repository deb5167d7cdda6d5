import { expect, test } from 'bun:test'
import type { Note } from '@novnc-tokens/tokens'
import { type FakeChanges, fakeStatus, fakeTimes } from '../health/fake-status.ts'
import { metricPrefix, statusMetrics } from './metric-table.ts'
import { createMetrics } from './metrics.ts'
import { noteMetrics } from './note-metrics.ts'
import type { ProcessFigures } from './process-figures.ts'

const { wall, now } = fakeTimes
const figures: ProcessFigures = { cpuSeconds: 1.5, residentBytes: 4096, openFds: 12, maxFds: null, startedAt: 7 }
const file = '/opt/websockify/config.vnc'

function create() {
  return createMetrics({ clock: { wall: () => wall, now: () => now }, process: () => figures })
}

/** The samples by their names and labels, without the program's prefix. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, name = '', value] = /^(.*) (\S+)$/.exec(line) ?? []
      return [name.replace(metricPrefix, ''), Number(value)]
    }),
  )
}

async function samples(changes: FakeChanges = {}, notes: readonly Note[] = []): Promise<Map<string, number>> {
  const metrics = create()
  for (const note of notes) metrics.observe(note)
  return samplesOf(await metrics.render(fakeStatus(changes)))
}

test.each<[string, number]>([
  ['ready', 1],
  ['degraded_reasons', 0],
  ['loop_turned_timestamp_seconds', wall / 1000 - 2],
  ['login_state{state="accepted"}', 1],
  ['login_state{state="refused"}', 0],
  ['vms', 120],
  ['tokens', 40],
  ['list_complete_timestamp_seconds', wall / 1000 - 60],
  ['list_duration_seconds', 2],
  ['lists_total{result="complete"}', 12],
  ['lists_total{result="incomplete"}', 1],
  ['reads_total', 17],
  ['watch_state{state="open"}', 1],
  ['watch_state{state="none"}', 0],
  ['watch_events_total', 321],
  [`output_tokens{output="${file}"}`, 40],
  [`output_writes_total{output="${file}"}`, 9],
  [`output_failing{output="${file}"}`, 0],
  ['process_cpu_seconds_total', 1.5],
  ['process_open_fds', 12],
])('%s is %p', async (name, value) => {
  expect((await samples()).get(name)).toBe(value)
})

test('lookups, the change command, roles and what is left out are told where there are such', async () => {
  const names = [
    'lookups_total{result="found"}',
    'lookups_waiting',
    'on_change_runs_total',
    `output_leader{output="${file}"}`,
  ]
  const none = await samples()
  expect(names.filter((name) => none.has(name))).toEqual([])
  const values = await samples({
    lookup: { tokens: 40, waiting: 1, found: 9, unknown: 3, crowded: 2 },
    onChange: { running: true, runs: 4, failures: 1 },
    leftOut: { 'other-datacenter': 5, 'no-datacenter': 6, 'other-enterprise': 7, 'no-enterprise': 8 },
    unknownEnterprises: ['7'],
    outputs: [{ uncarried: 3, role: 'leader' }, { name: '/b', role: 'standby' }, { name: '/c' }],
  })
  const told = /lookups|on_change|left_out|_unknown|_leader|uncarried/
  expect(Object.fromEntries([...values].filter(([name]) => told.test(name)))).toEqual({
    'left_out_virtual_machines{reason="other-datacenter"}': 5,
    'left_out_virtual_machines{reason="no-datacenter"}': 6,
    'left_out_virtual_machines{reason="other-enterprise"}': 7,
    'left_out_virtual_machines{reason="no-enterprise"}': 8,
    enterprises_unknown: 1,
    [`output_uncarried_tokens{output="${file}"}`]: 3,
    'output_uncarried_tokens{output="/b"}': 0,
    'output_uncarried_tokens{output="/c"}': 0,
    [`output_leader{output="${file}"}`]: 1,
    'output_leader{output="/b"}': 0,
    'lookups_total{result="found"}': 9,
    'lookups_total{result="unknown"}': 1,
    'lookups_total{result="crowded"}': 2,
    lookups_waiting: 1,
    on_change_runs_total: 4,
    on_change_failures_total: 1,
  })
})

test('gaps and what is held are told with their times', async () => {
  const last = { at: wall - 9000, why: 'cut', healed: null, healedAt: null }
  const values = await samples({
    gaps: { healed: { history: 2, list: 1 }, last },
    watch: { recovering: true },
    outputs: [{ held: 25, heldSince: wall - 60_000 }, { name: '/b' }],
  })
  const told = /_gap_|gaps_healed|_recovering|held/
  expect(Object.fromEntries([...values].filter(([name]) => told.test(name)))).toEqual({
    watch_last_gap_timestamp_seconds: wall / 1000 - 9,
    watch_gap_open: 1,
    'watch_gaps_healed_total{by="history"}': 2,
    'watch_gaps_healed_total{by="list"}': 1,
    watch_recovering: 1,
    [`output_held_tokens{output="${file}"}`]: 25,
    'output_held_tokens{output="/b"}': 0,
    [`output_held_since_timestamp_seconds{output="${file}"}`]: wall / 1000 - 60,
    'output_held_since_timestamp_seconds{output="/b"}': 0,
  })
  const healed = await samples({ gaps: { healed: { history: 0, list: 1 }, last: { ...last, healed: 'list' } } })
  expect([healed.get('watch_gap_open'), (await samples()).get('watch_gap_open')]).toEqual([0, 0])
})

test('what never happened is 0, and what the system does not tell is left out', async () => {
  const changes = { list: { completeSince: null }, watch: null, outputs: [{ lastWriteAt: null }] }
  const values = await samples(changes)
  expect(values.get('list_complete_timestamp_seconds')).toBe(0)
  expect(values.get('watch_state{state="none"}')).toBe(1)
  expect(values.get('watch_last_event_timestamp_seconds')).toBe(0)
  expect(values.get(`output_written_timestamp_seconds{output="${file}"}`)).toBe(0)
  expect(values.has('process_max_fds')).toBe(false)
})

test('counters follow the status, and outputs that are gone leave', async () => {
  const metrics = create()
  await metrics.render(fakeStatus({ reads: 5, outputs: [{ name: '/a' }, { name: '/b' }] }))
  const values = samplesOf(await metrics.render(fakeStatus({ reads: 7, outputs: [{ name: '/a', tokens: 41 }] })))
  expect(values.get('reads_total')).toBe(7)
  expect(values.get('output_tokens{output="/a"}')).toBe(41)
  expect(values.has('output_tokens{output="/b"}')).toBe(false)
})

test('notes are counted where the status does not', async () => {
  const written = { kind: 'written', output: file, added: 3, removed: 1, tokens: 40, durationMs: 4 } as const
  const values = await samples({}, [
    written,
    { ...written, added: 0, durationMs: 400 },
    { kind: 'let-go', output: file, tokens: 25 },
    { kind: 'watch-down', why: 'ended', retryInMs: 1000 },
    { kind: 'blind', unannounced: 3, hint: '' },
    { kind: 'sighted' },
    { kind: 'enterprise-gone', enterprise: '3' },
    { kind: 'defect', what: 'x', error: new Error('x') },
  ])
  const labels = `output="${file}"`
  expect(values.get(`output_write_duration_seconds_bucket{le="0.005",${labels}}`)).toBe(1)
  expect(values.get(`output_write_duration_seconds_bucket{le="+Inf",${labels}}`)).toBe(2)
  expect(values.get(`output_write_duration_seconds_sum{${labels}}`)).toBeCloseTo(0.404)
  expect(values.get(`output_added_tokens_total{${labels}}`)).toBe(3)
  expect(values.get(`output_removed_tokens_total{${labels}}`)).toBe(2)
  expect(values.get(`output_released_tokens_total{${labels}}`)).toBe(25)
  for (const name of ['watch_downs_total', 'watch_blind_total', 'enterprises_gone_total', 'defects_total']) {
    expect([name, values.get(name)]).toEqual([name, 1])
  }
})

test('what notes count is 0 before the first of them', async () => {
  const values = await samples()
  expect(values.get(`output_added_tokens_total{output="${file}"}`)).toBe(0)
  expect(values.get(`output_write_duration_seconds_count{output="${file}"}`)).toBe(0)
  expect(values.get('watch_downs_total')).toBe(0)
})

test('notes before the first scrape are kept, however often it is scraped', async () => {
  const metrics = create()
  metrics.observe({ kind: 'written', output: file, added: 3, removed: 0, tokens: 3, durationMs: 1 })
  await metrics.render(fakeStatus())
  const values = samplesOf(await metrics.render(fakeStatus()))
  expect(values.get(`output_added_tokens_total{output="${file}"}`)).toBe(3)
  expect(values.get(`output_write_duration_seconds_count{output="${file}"}`)).toBe(1)
})

test('each daemon has a registry of its own', async () => {
  const [a, b] = [create(), create()]
  a.observe({ kind: 'enterprise-gone', enterprise: '3' })
  expect(samplesOf(await b.render(fakeStatus())).get('enterprises_gone_total')).toBe(0)
})

test('the figures of the process are read where none are given', async () => {
  const values = samplesOf(await createMetrics().render(fakeStatus()))
  expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  expect(values.get('process_open_fds')).toBeGreaterThan(2)
  expect(values.get('process_max_fds')).toBeGreaterThan(2)
  const start = values.get('process_start_time_seconds') ?? 0
  expect(Math.abs(start - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5)
})

// https://prometheus.io/docs/practices/naming/
test.each([...statusMetrics, ...noteMetrics].map(({ name, type, help }) => [name, type, help] as const))(
  '%s is named as Prometheus wants it',
  (name, type, help) => {
    expect(name).toMatch(/^[a-z][a-z_]+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(/_(ms|millis|minutes|kb|mb)(_|$)/.test(name)).toBe(false)
    expect(help).toMatch(/^[A-Z0-9].*\.$/)
  },
)
