import type { KeeperStatus } from '@novnc-tokens/tokens'
import type { Times } from '../health/degradations.ts'
import { readiness } from '../health/readiness.ts'
import { describeSpan } from '../health/spans.ts'
import { summary } from '../health/status-view.ts'
import { withoutTimes } from '../log/repeats.ts'
import type { StatusLine } from './service-state.ts'

/** `systemctl status` shows one line. Why a request failed stands behind its URL, and has to be seen. */
const longestReason = 250

/** How the daemon stands, in one line for `systemctl status`: `412 tokens, list 8 s old`. */
export function statusLine(status: KeeperStatus, times: Times): StatusLine {
  const { ready, degraded } = readiness(status, { ...times, maxAgeMs: null })
  const [first, ...others] = degraded
  const facts = `${tokens(status)}, ${list(status, times)}`
  const label = summary(ready, degraded) === 'unready' ? 'Not ready' : 'Degraded'
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  const text = first === undefined ? facts : `${label}: ${shortened(first)}${more}; ${facts}`
  return { text, substance: withoutTimes(text) }
}

/** What the first output has: before the first list the book knows of nothing. */
function tokens({ outputs: [first], tokens: known }: KeeperStatus): string {
  const count = first?.tokens ?? known
  return `${count} ${count === 1 ? 'token' : 'tokens'}`
}

function list({ list: { completeSince } }: KeeperStatus, { wall }: Times): string {
  return completeSince === null ? 'no list yet' : `list ${describeSpan(wall - completeSince)} old`
}

/** Without the next try, which is another one each time and told by the status page. */
function shortened(reason: string): string {
  const text = reason.replace(/; next try (?:now|in [\w ]+)/, '')
  return text.length <= longestReason ? text : `${text.slice(0, longestReason - 3).trimEnd()}...`
}
