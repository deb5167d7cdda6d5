import { parseChoice } from './choices.ts'
import { parseDuration } from './durations.ts'
import { parseHttpUrl } from './http-url.ts'
import type { Reading } from './reading.ts'

/** How events are watched. */
export interface WatchSettings<How extends string> {
  /** URL of the event stream, without a slash at its end. */
  streamUrl: string
  watch: How
  /** Milliseconds between two questions for events, where they are polled. */
  pollIntervalMs: number
  /** Milliseconds of silence after which the stream is connected again. */
  idleTimeoutMs: number
}

/** Bounds of the times of something that runs for ever. */
export const lastingBounds = { leastMs: 1000, mostMs: 86_400_000 }

/**
 * The settings of a watch.
 * @param api the URL of the API, beside which the stream is unless told
 * @param ways what `--watch` may be
 * @throws Failure with the exit code of bad settings
 */
export function readWatch<How extends string>(
  { sources }: Reading,
  api: string,
  ways: readonly How[],
): WatchSettings<How> {
  return {
    streamUrl: sources.readOptional('streamUrl', parseHttpUrl) ?? `${new URL(api).origin}/m/stream`,
    watch: sources.read('watch', (text) => parseChoice(text, ways)),
    pollIntervalMs: sources.read('pollInterval', (text) => parseDuration(text, lastingBounds)),
    idleTimeoutMs: sources.read('idleTimeout', (text) => parseDuration(text, lastingBounds)),
  }
}
