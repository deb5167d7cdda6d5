import { type Clock, systemClock } from '@novnc-tokens/api'
import type { Note } from '@novnc-tokens/tokens'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DaemonStatus } from '../health/daemon-status.ts'
import { readiness } from '../health/readiness.ts'
import { programVersion } from '../process/version.ts'
import { type MetricSpec, metricPrefix, outputLabels, type Sample, statusMetrics } from './metric-table.ts'
import { noteMetrics, writeBuckets } from './note-metrics.ts'
import { type ProcessFigures, processFigures, processStart } from './process-figures.ts'

/** The metrics of the daemon. */
export interface Metrics {
  /** Counts what a note tells. */
  observe(note: Note): void
  /** The text for Prometheus, of a status that is current. */
  render(status: DaemonStatus): Promise<string>
}

/** Settings of {@link createMetrics}. */
export interface MetricsOptions {
  /** @default the machine's own clock */
  clock?: Pick<Clock, 'now' | 'wall'>
  /** @default those of this process */
  process?: () => ProcessFigures
}

/** Metrics in a registry of their own, filled at each scrape: between two of them nothing runs. */
export function createMetrics({ clock = systemClock, process = ownFigures() }: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  const fromStatus = statusMetrics.map((metric) => ({ metric, instrument: instrumentOf(metric, registry) }))
  const fromNotes = noteMetrics.map((metric) => ({ metric, instrument: instrumentOf(metric, registry) }))
  const outputs = new Set<string>()
  return {
    observe(note) {
      for (const { metric, instrument } of fromNotes) {
        const sample = metric.observe(note)
        if (sample !== null) instrument.add(sample)
      }
    },
    async render(status) {
      const times = { wall: clock.wall(), now: clock.now(), maxAgeMs: null }
      const facts = { status, readiness: readiness(status, times), process: process(), version: programVersion }
      for (const { metric, instrument } of fromStatus) {
        instrument.reset()
        for (const sample of metric.read(facts)) instrument.add(sample)
      }
      // Without its zero, the first rise of a counter is no rise to Prometheus.
      for (const { name } of status.outputs) {
        if (outputs.has(name)) continue
        outputs.add(name)
        for (const { metric, instrument } of fromNotes)
          if (metric.labels.length > 0) instrument.zero(outputLabels(name))
      }
      return await registry.metrics()
    },
  }
}

/** One of prom-client's metrics, all alike. */
interface Instrument {
  add(sample: Sample): void
  /** Forgets all its values. */
  reset(): void
  /** Makes the value of these labels exist, if it does not. */
  zero(labels: Sample['labels']): void
}

function instrumentOf({ name, help, type, labels }: MetricSpec, registry: Registry): Instrument {
  const options = { name: metricPrefix + name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'histogram') {
    const histogram = new Histogram({ ...options, buckets: writeBuckets })
    const seen = new Set<string>()
    return {
      add: (sample) => {
        seen.add(JSON.stringify(sample.labels))
        histogram.observe(sample.labels, sample.value)
      },
      reset: () => histogram.reset(),
      zero: (values) => {
        // prom-client's own would forget what was observed.
        if (!seen.has(JSON.stringify(values))) histogram.zero(values)
      },
    }
  }
  const metric = type === 'gauge' ? new Gauge(options) : new Counter(options)
  return {
    add: (sample) => metric.inc(sample.labels, sample.value),
    // Their own reset writes a 0 where there are no labels, also for what is not known.
    reset: () => (labels.length === 0 ? metric.remove() : metric.reset()),
    zero: (values) => metric.inc(values, 0),
  }
}

function ownFigures(): () => ProcessFigures {
  const startedAt = processStart()
  return () => processFigures(startedAt)
}
