import type { Note } from '@novnc-tokens/tokens'
import { type MetricSpec, outputLabels, type Sample } from './metric-table.ts'

/** A metric that counts what notes tell and the status does not. */
export interface NoteMetric extends MetricSpec {
  readonly type: 'counter' | 'histogram'
  /** What a note adds to it; null for notes that it is not about. */
  readonly observe: (note: Note) => Sample | null
}

/** Upper bounds of a histogram in seconds: a write takes 1 ms to 0.2 s on a healthy disk, seconds on an ill one. */
export const writeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** All metrics that come from notes. */
export const noteMetrics: readonly NoteMetric[] = [
  {
    name: 'output_write_duration_seconds',
    type: 'histogram',
    labels: ['output'],
    help: 'How long writes of the output took.',
    observe: (note) => (note.kind === 'written' ? ofOutput(note, note.durationMs / 1000) : null),
  },
  {
    name: 'output_added_tokens_total',
    type: 'counter',
    labels: ['output'],
    help: 'Tokens written that the output did not have, or had with another address.',
    observe: (note) => (note.kind === 'written' ? ofOutput(note, note.added) : null),
  },
  {
    name: 'output_removed_tokens_total',
    type: 'counter',
    labels: ['output'],
    help: 'Tokens taken out of the output, those with another address included.',
    observe: (note) => (note.kind === 'written' ? ofOutput(note, note.removed) : null),
  },
  {
    name: 'output_released_tokens_total',
    type: 'counter',
    labels: ['output'],
    help: 'Tokens whose removal the guard held and a person let go.',
    observe: (note) => (note.kind === 'let-go' ? ofOutput(note, note.tokens) : null),
  },
  {
    name: 'watch_downs_total',
    type: 'counter',
    labels: [],
    help: 'Times that the event stream ended or could not be opened.',
    observe: (note) => (note.kind === 'watch-down' ? once : null),
  },
  {
    name: 'watch_blind_total',
    type: 'counter',
    labels: [],
    help: 'Times that the watch was found to be blind.',
    observe: (note) => (note.kind === 'blind' ? once : null),
  },
  {
    name: 'enterprises_gone_total',
    type: 'counter',
    labels: [],
    help: 'Enterprises that ceased to exist.',
    observe: (note) => (note.kind === 'enterprise-gone' ? once : null),
  },
  {
    name: 'defects_total',
    type: 'counter',
    labels: [],
    help: 'Things that must not happen: worth a report to the makers of this program.',
    observe: (note) => (note.kind === 'defect' ? once : null),
  },
]

const once: Sample = { value: 1, labels: {} }

function ofOutput({ output }: { readonly output: string }, value: number): Sample {
  return { value, labels: outputLabels(output) }
}
