import type { PlatformEvent } from '@novnc-tokens/api'
import { visible } from '../log/visible.ts'

/**
 * An event as one JSON object, without a line end: its fields as they are, and `"recovered":true` where it was missed
 * first.
 */
export function eventJson(event: PlatformEvent, recovered: boolean): string {
  // JSON leaves DEL, C1 controls and bidirectional marks as they are; inside its strings an escape says the same.
  return visible(JSON.stringify(recovered ? { ...event, recovered } : event))
}
