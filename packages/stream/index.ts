/**
 * Watches the events of an Abiquo platform by the SSE stream of its Outbound API: reconnecting, with typed events and
 * gaps that are told. It runs on Bun and on Node, and never logs, prints or reads settings.
 *
 * @module
 */
export { type Filters, streamUrl } from './filters.ts'
export { SseError, type SseErrorCode } from './sse/errors.ts'
export { type ReadOptions, readMessages } from './sse/read-messages.ts'
export { StreamWatch, type StreamWatchOptions } from './stream-watch.ts'
export { unwrap } from './unwrap.ts'
export type { Update, Watch, WatchStatus } from './update.ts'
