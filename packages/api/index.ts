/**
 * A typed client of the Abiquo REST API: a connection with a log-in gate, the inventory of virtual machines, and the
 * platform's events. It runs on Bun and on Node, and never logs, prints or reads settings.
 *
 * @module
 */
export type { Answer } from './answer.ts'
export type { Authorization, AuthorizedRequest } from './authorization.ts'
export { type AuthorizeOptions, authorize, type OAuthApplication } from './authorize.ts'
export { Backoff, type BackoffOptions, backoffDelay } from './backoff.ts'
export { basic } from './basic.ts'
export { bearer } from './bearer.ts'
export { type Clock, systemClock } from './clock.ts'
export { Connection, type ConnectionOptions, type GetOptions, type OpenOptions } from './connection.ts'
export { type Enterprise, enterprisePath } from './enterprise.ts'
export { ApiError, type ApiErrorCode, type ApiErrorDetails, messageOf, saysForbidden, saysGone } from './errors.ts'
export { type PlatformEvent, readEvent } from './event.ts'
export { EventHistory, type HistoryOptions, type HistoryPage } from './event-history.ts'
export { Hrefs, lastSegment } from './href.ts'
export { httpDate } from './http-date.ts'
export { Inventory, type ListOptions } from './inventory.ts'
export type { LoginStatus } from './login-gate.ts'
export type { Format } from './media-types.ts'
export { type OAuth1Credentials, type OAuth1Options, oauth1 } from './oauth1.ts'
export type { Verdict } from './page-walk.ts'
export { retryAfterMs } from './retry-after.ts'
export type { Lane } from './slots.ts'
export type { Fetch, TlsOptions } from './transport.ts'
export { isVirtualMachinePath, type VirtualMachine } from './virtual-machine.ts'
