import type { OutputStatus } from '@novnc-tokens/tokens'
import type { DaemonStatus } from '../health/daemon-status.ts'
import { publicText } from '../health/public-text.ts'
import type { Readiness } from '../health/readiness.ts'
import type { ProcessFigures } from './process-figures.ts'

/** How a metric is called and what it tells. */
export interface MetricSpec {
  /** Name without the program's prefix. */
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly labels: readonly string[]
  /** A sentence for people. */
  readonly help: string
}

/** A metric that is read from the facts at each scrape. */
export interface StatusMetric extends MetricSpec {
  readonly type: 'gauge' | 'counter'
  readonly read: (facts: Facts) => readonly Sample[]
}

/** One value with its labels. */
export interface Sample {
  readonly value: number
  readonly labels: Readonly<Record<string, string>>
}

/** What is known at a scrape. */
export interface Facts {
  readonly status: DaemonStatus
  readonly readiness: Readiness
  readonly process: ProcessFigures
  readonly version: string
}

/** What all names begin with. */
export const metricPrefix = 'novnc_tokens_'

const never = '0: never.'

/** All metrics that come from the status and the process. No label ever names a token, an address or a user. */
export const statusMetrics: readonly StatusMetric[] = [
  {
    name: 'build_info',
    type: 'gauge',
    labels: ['version'],
    help: 'Always 1; the label tells the version.',
    read: ({ version }) => [{ value: 1, labels: { version } }],
  },
  gauge('ready', '1 where /readyz answers 200.', ({ readiness }) => Number(readiness.ready)),
  gauge('degraded_reasons', 'How many things /readyz names as degraded.', ({ readiness }) => readiness.degraded.length),
  gauge('loop_turned_timestamp_seconds', 'When the loop last turned; by itself it does so every 5 s.', ({ status }) =>
    seconds(status.turnedAt),
  ),
  states('login_state', 'Log-in', ['unknown', 'accepted', 'refused', 'failing'], ({ status }) => status.login.state),

  gauge('vms', 'Virtual machines known, with or without a console.', ({ status }) => status.vms),
  gauge('tokens', 'Tokens that are right by what is known.', ({ status }) => status.tokens),
  gauge(
    'refused_addresses',
    'Virtual machines without a token because their address cannot be used.',
    ({ status }) => status.refusedAddresses,
  ),
  {
    name: 'left_out_virtual_machines',
    type: 'gauge',
    labels: ['reason'],
    help: 'Virtual machines with an address that the selection leaves out, as the last lists showed them: `other-datacenter`, `other-enterprise`; `no-datacenter`, `no-enterprise` where that is not told.',
    read: ({ status }) => Object.entries(status.leftOut).map(([reason, value]) => ({ value, labels: { reason } })),
  },
  gauge('enterprises', 'Enterprises known.', ({ status }) => status.enterprises),
  gauge(
    'enterprises_refused',
    'Enterprises that refuse the user with 403.',
    ({ status }) => status.refusedEnterprises.length,
  ),

  gauge(
    'enterprises_unknown',
    'Enterprises that are chosen and that the platform does not have.',
    ({ status }) => status.unknownEnterprises.length,
  ),

  gauge('list_complete_timestamp_seconds', `When the last complete list of everything began. ${never}`, ({ status }) =>
    seconds(status.list.completeSince),
  ),
  gauge('list_ended_timestamp_seconds', `When the last list of everything ended. ${never}`, ({ status }) =>
    seconds(status.list.endedAt),
  ),
  gauge('list_duration_seconds', 'How long the last list of everything took.', ({ status }) =>
    seconds(status.list.durationMs),
  ),
  gauge(
    'list_expected_interval_seconds',
    'How often a list is due now; more often while nothing is watched.',
    (facts) => seconds(facts.status.list.expectedEveryMs),
  ),
  gauge('list_running', '1 while everything is listed.', ({ status }) => Number(status.list.running)),
  {
    name: 'lists_total',
    type: 'counter',
    labels: ['result'],
    help: 'Lists of everything that ended: `complete` or `incomplete`.',
    read: ({ status: { list } }) => [
      { value: list.complete, labels: { result: 'complete' } },
      { value: list.incomplete, labels: { result: 'incomplete' } },
    ],
  },
  gauge('reads_owed', 'Reads of single virtual machines that are due or under way.', ({ status }) => status.owed),
  counter('reads_total', 'Reads of single virtual machines.', ({ status }) => status.reads),
  counter('reads_failed_total', 'Reads of single virtual machines that failed.', ({ status }) => status.failedReads),

  states(
    'watch_state',
    'Watching of events',
    ['none', 'connecting', 'open', 'down'],
    ({ readiness }) => readiness.checks.watch.state,
  ),
  gauge('watch_last_byte_timestamp_seconds', `When anything last came by the event stream. ${never}`, ({ status }) =>
    seconds(status.watch?.lastByteAt),
  ),
  gauge('watch_last_event_timestamp_seconds', `When the last event came. ${never}`, ({ status }) =>
    seconds(status.watch?.lastEventAt),
  ),
  gauge('watch_blind', '1 while lists find what no event told.', ({ status }) => Number(status.sight.blind)),
  counter('watch_connects_total', 'Times that the event stream opened.', ({ status }) => status.watch?.connects ?? 0),
  gauge('watch_polling', '1 while events are polled for.', ({ status }) => Number(status.watch?.kind === 'poll')),
  counter('watch_polls_total', 'Polls for events that were answered.', ({ status }) => status.watch?.polls ?? 0),
  counter('watch_events_total', 'Events received.', ({ status }) => status.watch?.events ?? 0),
  counter(
    'watch_recovered_events_total',
    'Those of them that the event stream did not tell.',
    ({ status }) => status.watch?.recovered ?? 0,
  ),
  counter('watch_malformed_total', 'Messages that were no valid event.', ({ status }) => status.watch?.malformed ?? 0),
  counter('watch_gaps_total', 'Times that events may have been missed.', ({ status }) => status.watch?.gaps ?? 0),
  gauge(
    'watch_last_gap_timestamp_seconds',
    `When it was last noticed that events may have been missed. ${never}`,
    ({ status }) => seconds(status.gaps.last?.at),
  ),
  gauge('watch_gap_open', '1 while nothing has made up for events that may have been missed.', ({ status }) =>
    Number(status.gaps.last?.healed === null),
  ),
  {
    name: 'watch_gaps_healed_total',
    type: 'counter',
    labels: ['by'],
    help: 'Of these gaps those that are made up for, by the `history` or by a complete `list`.',
    read: ({ status }) => Object.entries(status.gaps.healed).map(([by, value]) => ({ value, labels: { by } })),
  },
  gauge('watch_recovering', '1 while the history is asked for events that may have been missed.', ({ status }) =>
    Number(status.watch?.recovering ?? false),
  ),
  counter('triggers_total', 'Events that were acted on.', ({ status }) => status.triggers),
  counter(
    'unannounced_changes_total',
    'Virtual machines whose change a list found and no event told.',
    ({ status }) => status.sight.unannounced,
  ),

  perOutput('gauge', 'output_tokens', 'Tokens that the output has or is about to have.', ({ tokens }) => tokens),
  perOutput(
    'gauge',
    'output_unclaimed_tokens',
    'Tokens of an earlier run that no virtual machine has claimed yet.',
    ({ unclaimed }) => unclaimed,
  ),
  perOutput(
    'gauge',
    'output_uncarried_tokens',
    'Tokens that the output cannot carry, as their hosts are IPv6.',
    ({ uncarried }) => uncarried,
  ),
  perOutput(
    'gauge',
    'output_malformed_tokens',
    'Tokens that are left out since no reader could make sense of their lines.',
    ({ malformed }) => malformed,
  ),
  {
    name: 'output_leader',
    type: 'gauge',
    labels: ['output'],
    help: '1 where this process writes the output, 0 where another one does; only of outputs that several share.',
    read: ({ status }) =>
      status.outputs.flatMap(({ name, role }) =>
        role === undefined ? [] : [{ value: Number(role === 'leader'), labels: outputLabels(name) }],
      ),
  },
  perOutput('gauge', 'output_pending_changes', 'Changes that are not written yet.', ({ pending }) => pending),
  perOutput('gauge', 'output_held_tokens', 'Tokens whose removal the guard holds.', ({ held }) => held),
  perOutput(
    'gauge',
    'output_held_since_timestamp_seconds',
    'Since when the guard holds any. 0: it holds none.',
    ({ heldSince }) => seconds(heldSince),
  ),
  perOutput('gauge', 'output_failing', '1 while the output cannot be read or written.', ({ error }) =>
    Number(error !== null),
  ),
  perOutput('gauge', 'output_loaded', '1 once it is known what the output had.', ({ loaded }) => Number(loaded)),
  perOutput('gauge', 'output_written_timestamp_seconds', `When this process last wrote it. ${never}`, (output) =>
    seconds(output.lastWriteAt),
  ),
  perOutput(
    'gauge',
    'output_modified_timestamp_seconds',
    `When it was last written, or confirmed by a complete list. ${never}`,
    (output) => seconds(output.modifiedAt),
  ),
  perOutput('counter', 'output_writes_total', 'Writes.', ({ writes }) => writes),
  perOutput('counter', 'output_failures_total', 'Reads and writes of it that failed.', ({ failures }) => failures),
  perOutput(
    'counter',
    'output_changed_by_others_total',
    'Times that somebody else changed it.',
    ({ changedByOthers }) => changedByOthers,
  ),

  {
    name: 'lookups_total',
    type: 'counter',
    labels: ['result'],
    help: 'Lookups of tokens that were answered: `found`, `unknown`, or `crowded` for those unknown that might have waited, had not too many done so.',
    read: ({ status: { lookup } }) => {
      if (lookup === null) return []
      const results = { found: lookup.found, unknown: lookup.unknown - lookup.crowded, crowded: lookup.crowded }
      return Object.entries(results).map(([result, value]) => ({ value, labels: { result } }))
    },
  },
  gauge(
    'lookups_waiting',
    'Lookups that wait for a read that is under way.',
    ({ status }) => status.lookup?.waiting ?? null,
  ),
  counter(
    'on_change_runs_total',
    'Runs of the change command that ended.',
    ({ status }) => status.onChange?.runs ?? null,
  ),
  counter('on_change_failures_total', 'Those of them that failed.', ({ status }) => status.onChange?.failures ?? null),

  counter('process_cpu_seconds_total', 'User and system time of this process.', ({ process }) => process.cpuSeconds),
  gauge('process_resident_memory_bytes', 'Memory of this process.', ({ process }) => process.residentBytes),
  gauge('process_open_fds', 'File descriptors that this process has open.', ({ process }) => process.openFds),
  gauge('process_max_fds', 'File descriptors that this process may have open.', ({ process }) => process.maxFds),
  gauge('process_start_time_seconds', 'When this process started.', ({ process }) => process.startedAt),
]

function gauge(name: string, help: string, read: (facts: Facts) => number | null): StatusMetric {
  return { name, help, type: 'gauge', labels: [], read: (facts) => sample(read(facts)) }
}

function counter(name: string, help: string, read: (facts: Facts) => number | null): StatusMetric {
  return { name, help, type: 'counter', labels: [], read: (facts) => sample(read(facts)) }
}

function perOutput(
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  read: (output: OutputStatus) => number,
): StatusMetric {
  const samples = ({ status }: Facts) =>
    status.outputs.map((output) => ({ value: read(output), labels: outputLabels(output.name) }))
  return { name, help, type, labels: ['output'], read: samples }
}

/** A gauge for each of some states, of which one is 1. */
function states<State extends string>(
  name: string,
  subject: string,
  all: readonly State[],
  read: (facts: Facts) => State,
): StatusMetric {
  const samples = (facts: Facts) => all.map((state) => ({ value: Number(state === read(facts)), labels: { state } }))
  return {
    name,
    help: `${subject}: 1 for its state of ${all.join(', ')}.`,
    type: 'gauge',
    labels: ['state'],
    read: samples,
  }
}

/** The labels of what belongs to one output. */
export function outputLabels(name: string): { output: string } {
  return { output: publicText(name) }
}

function sample(value: number | null): Sample[] {
  return value === null ? [] : [{ value, labels: {} }]
}

function seconds(milliseconds: number | null | undefined): number {
  return (milliseconds ?? 0) / 1000
}
