import type { EmitOptions, EventLog } from './event-log.ts'
import type { EventDraft } from './events.ts'
import type { Timers } from './timers.ts'

// Steps close enough for a steady rate, far enough apart to cost nothing.
const stepMs = 10

/** How many events come quickly. */
export interface BurstOptions extends EmitOptions {
  /** How many in a second; without it all come at once. */
  readonly perSecond?: number
  /** What the messages begin with. @default 'burst' */
  readonly prefix?: string
  /** Characters of each message at least; it ends in dots. @default 0 */
  readonly messageLength?: number
  /** What else the events are. @default a change of state of some virtual machine, which moves no console */
  readonly event?: Partial<EventDraft>
}

/**
 * Emits events with messages `burst-1`, `burst-2` ... and timestamps that never go back. Without a rate they are out
 * when the call returns.
 *
 * @returns the messages, once all are out
 */
export async function burst(log: EventLog, count: number, options: BurstOptions, timers: Timers): Promise<string[]> {
  const { perSecond, prefix = 'burst', messageLength = 0, event, ...how } = options
  const messages = Array.from({ length: count }, (_, at) => `${prefix}-${at + 1}`.padEnd(messageLength, '.'))
  let timestamp = 0
  let done = 0
  const emitUpTo = (due: number) => {
    for (; done < due; done++) {
      timestamp = Math.max(timestamp, log.clock.now())
      const message = messages[done] ?? ''
      log.emit({ entity: 'VIRTUAL_MACHINE', action: 'VSM_CHANGE_STATE', timestamp, ...event, message }, how)
    }
  }
  if (perSecond === undefined) emitUpTo(count)
  const began = performance.now()
  while (done < count) {
    await new Promise<void>((resolve) => timers.after(stepMs, resolve))
    emitUpTo(Math.min(count, Math.floor(((performance.now() - began) / 1000) * (perSecond ?? 0))))
  }
  return messages
}
