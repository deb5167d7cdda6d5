import type { Clock, PlatformEvent } from '@novnc-tokens/api'
import type { Update } from '@novnc-tokens/stream'
import { apiFailure } from '../api-failure.ts'
import { LineOutput } from '../process/line-output.ts'

/** What is used of a watch in progress. */
export interface Watching extends AsyncIterable<Update> {
  close(): Promise<void>
}

/** How events are printed. */
export interface PrintOptions {
  watching: Watching
  /** Makes the line of an event, without its end. */
  render: (event: PlatformEvent, recovered: boolean) => string
  /** Writes all of a text, however long its reader takes; rejects where it cannot. */
  write: (text: string) => Promise<void>
  /** Told of what becomes of the watch. */
  tell: (update: Exclude<Update, { kind: 'event' }>) => void
  /** Whether the watch goes on for ever; otherwise it ends by itself, and a failure ends it too. */
  follow: boolean
  /** Ends it at once. */
  stop: AbortSignal
  clock: Pick<Clock, 'sleep'>
}

/** How long lines that wait for their reader hold up the end, in milliseconds. */
const lastLinesMs = 100

/**
 * Prints the events of a watch until it ends or is stopped. A slow reader holds up the watch's consumer alone: what
 * comes in meanwhile waits in the watch's own queue, which is bounded.
 * @returns whether nothing was missed for good
 * @throws Failure where the watch cannot be begun, and what `write` was rejected with
 */
export async function printEvents(options: PrintOptions): Promise<boolean> {
  const { watching, write, stop, clock } = options
  const output = new LineOutput({ write, onFailure: () => void watching.close() })
  const ended = new AbortController()
  const stopped = new Promise<true>((resolve) => {
    const signal = AbortSignal.any([stop, ended.signal])
    if (signal.aborted) resolve(true)
    signal.addEventListener('abort', () => resolve(true), { once: true })
  })
  const following = follow(options, output)
  try {
    return await Promise.race([following, stopped])
  } finally {
    if (stop.aborted) {
      // Whoever stops it waits for nothing: a write that is stuck must not keep it.
      following.catch(() => undefined)
      void watching.close()
      await Promise.race([output.flush().catch(() => undefined), clock.sleep(lastLinesMs, ended.signal)])
    }
    ended.abort(new Error('The print is over'))
  }
}

async function follow({ watching, render, tell, follow }: PrintOptions, output: LineOutput): Promise<boolean> {
  let opened = false
  let complete = true
  for await (const update of watching) {
    if (update.kind === 'event') {
      output.put(render(update.event, update.recovered))
      if (output.full) await output.room()
      continue
    }
    // On a terminal both go to the same place, in their order.
    await output.flush()
    if (update.kind === 'open') opened = true
    if (update.kind === 'gap' && !update.closing) complete = false
    // At its beginning it may be a mistyped URL or password: nobody waits for that to mend itself.
    if (update.kind === 'down' && !(opened && follow)) throw apiFailure(update.error)
    tell(update)
  }
  await output.flush()
  return complete
}
