/**
 * Watches the events of an Abiquo platform by the SSE stream of its Outbound API: reconnecting, with typed events and
 * gaps that are told. It runs on Bun and on Node, and never logs, prints or reads settings.
 *
 * @module
 */
export { checkFilters, FilterError } from './filters/check-filters.ts'
export { type FilterName, type Filters, filterNames, normalizeFilters, streamUrl } from './filters/filters.ts'
export { matcher, matches } from './filters/matcher.ts'
export {
  type Action,
  type Entity,
  knownActions,
  knownEntities,
  type Scope,
  type Severity,
  scopes,
  severities,
} from './filters/names.ts'
export { suggest } from './filters/suggest.ts'
export { SseError, type SseErrorCode } from './sse/errors.ts'
export { type ReadOptions, readMessages } from './sse/read-messages.ts'
export { SseClient, type SseClientOptions } from './sse/sse-client.ts'
export type { SseDelayOptions, SseFailure } from './sse/sse-delays.ts'
export { type SseAttempt, SseLoop, type SseLoopOptions } from './sse/sse-loop.ts'
export type { SseMessage } from './sse/sse-message.ts'
export type { SseBody, SseHeaders, SseRequestOptions } from './sse/sse-request.ts'
export type { SseStatus, SseUpdate } from './sse/sse-update.ts'
export type { Cursor } from './watch/cursor.ts'
export { EventWatch, watch } from './watch/event-watch.ts'
export type { SavedMark } from './watch/ledger.ts'
export { unwrap } from './watch/unwrap.ts'
export type { Update, Watch, WatchStatus } from './watch/update.ts'
export type { WatchOptions } from './watch/watch-options.ts'
