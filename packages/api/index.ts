/**
 * A typed client of the Abiquo REST API: a connection with a log-in gate, the inventory of virtual machines, and the
 * platform's events. It runs on Bun and on Node, and never logs, prints or reads settings.
 *
 * @module
 */

export { ApiError, type ApiErrorCode, type ApiErrorDetails, messageOf, saysForbidden, saysGone } from './errors.ts'
export { type PlatformEvent, readEvent } from './event.ts'
export { EventHistory, type HistoryOptions, type HistoryPage } from './event-history.ts'
export { type Enterprise, enterprisePath } from './inventory/enterprise.ts'
export { Inventory, type ListOptions } from './inventory/inventory.ts'
export type { Verdict } from './inventory/page-walk.ts'
export { isVirtualMachinePath, type VirtualMachine } from './inventory/virtual-machine.ts'
export type { Authorization, AuthorizedRequest } from './log-in/authorization.ts'
export { type AuthorizeOptions, authorize, type OAuthApplication } from './log-in/authorize.ts'
export { basic } from './log-in/basic.ts'
export { bearer } from './log-in/bearer.ts'
export type { LoginStatus } from './log-in/login-gate.ts'
export { type OAuth1Credentials, type OAuth1Options, oauth1 } from './log-in/oauth1.ts'
export { Hrefs, lastSegment } from './notation/href.ts'
export type { Format } from './notation/media-types.ts'
export type { Answer } from './request/answer.ts'
export { Connection, type GetOptions, type OpenOptions } from './request/connection.ts'
export { type ConnectionOptions, checkTls } from './request/connection-options.ts'
export { networkReason } from './request/network-reason.ts'
export type { Lane } from './request/slots.ts'
export type { Fetch, TlsOptions } from './request/transport.ts'
export { Backoff, type BackoffOptions, backoffDelay } from './time/backoff.ts'
export { type Clock, systemClock } from './time/clock.ts'
export { httpDate } from './time/http-date.ts'
export { retryAfterMs } from './time/retry-after.ts'
