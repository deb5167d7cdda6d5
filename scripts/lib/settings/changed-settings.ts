import { Secret } from './secret.ts'
import type { RunSettings } from './settings.ts'

/** The flags of the settings, where they have another name; null for those that a reload applies. */
const flagNames: Readonly<Record<keyof RunSettings, string | null>> = {
  command: null,
  api: '--api',
  apiLocation: '--api-location',
  streamUrl: '--stream-url',
  format: '--api-format',
  login: null,
  tls: null,
  timeoutMs: '--timeout',
  concurrency: '--concurrency',
  watch: '--watch',
  pollIntervalMs: '--poll-interval',
  resyncMs: '--resync',
  idleTimeoutMs: '--idle-timeout',
  guard: '--guard',
  outputs: '--file or --output',
  stdout: '--file',
  mode: '--mode',
  group: '--group',
  selection: '--datacenter, --enterprise or --exclude-enterprise',
  listen: '--listen',
  lookup: '--lookup',
  onChange: '--on-change',
  logFormat: '--log-format',
  logLevel: null,
  notes: null,
  secretFiles: null,
}

/** The flags whose settings a reload found changed, but that only a restart applies. */
export function changedForRestart(before: RunSettings, after: RunSettings): string[] {
  return Object.entries(flagNames).flatMap(([name, flag]) => {
    if (flag === null) return []
    const same = Bun.deepEquals(revealed(Reflect.get(before, name)), revealed(Reflect.get(after, name)))
    return same ? [] : [flag]
  })
}

/** The value with its secrets laid open: as such they look all alike. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal()
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revealed(each)]))
}
