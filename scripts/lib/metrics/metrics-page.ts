import { markdownTable } from '../markdown-table.ts'
import { type MetricSpec, metricPrefix, statusMetrics } from './metric-table.ts'
import { noteMetrics } from './note-metrics.ts'

/** Rules for Prometheus that are worth an alert: what it means, and the expression. */
export const alerts: readonly (readonly [string, string])[] = [
  ['A host is out of its balancer', 'novnc_tokens_ready == 0'],
  [
    'Lists fail',
    'time() - novnc_tokens_list_complete_timestamp_seconds > 3 * novnc_tokens_list_expected_interval_seconds',
  ],
  ['The log-in is refused', 'novnc_tokens_login_state{state="refused"} == 1'],
  ['Events are not seen', 'novnc_tokens_watch_state{state="down"} == 1 or novnc_tokens_watch_blind == 1'],
  ['Missed events are not made up for', 'novnc_tokens_watch_gap_open == 1'],
  ['An output cannot be written', 'novnc_tokens_output_failing == 1'],
  ['Nobody writes a Redis', 'sum by (output) (novnc_tokens_output_leader) == 0'],
  ['The change command fails', 'increase(novnc_tokens_on_change_failures_total[1h]) > 0'],
  ['The guard holds removals', 'novnc_tokens_output_held_tokens > 0'],
  ['Somebody else writes the output too', 'increase(novnc_tokens_output_changed_by_others_total[1h]) > 0'],
]

/** The manual of all metrics in Markdown. */
export function metricsPage(): string {
  const metrics: MetricSpec[] = [...statusMetrics, ...noteMetrics]
  const lines = [
    '# Metrics',
    '',
    '<!-- Made from scripts/lib/metrics/metric-table.ts and note-metrics.ts by `bun scripts/check/docs.ts --write`: change it there. -->',
    '',
    '`GET /metrics` of the `--listen` address, for Prometheus. Counters begin at 0 when the daemon starts. Times are seconds',
    'since 1970. No label names a token, an address or a user; `output` is the path of a file or folder,',
    'the URL of a Redis without its user and password, or `lookup`.',
    '',
    ...markdownTable([['name', 'type', 'labels', ''], ...metrics.map(row)]),
    '',
    '## Alerts',
    '',
    'Worth an alert when they last for ten minutes:',
    '',
    ...markdownTable([['', 'expression'], ...alerts.map(([meaning, expression]) => [meaning, `\`${expression}\``])]),
  ]
  return `${lines.join('\n')}\n`
}

function row({ name, type, labels, help }: MetricSpec): string[] {
  return [`\`${metricPrefix}${name}\``, type, labels.map((label) => `\`${label}\``).join(' '), help]
}
