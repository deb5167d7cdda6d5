/**
 * A mock of the Abiquo platform: its REST API, its event stream and what happens in it, in one process with a test or
 * as a program of its own (`main.ts`). It shares no code with what it tests.
 */
export type { Account, Accounts } from './accounts.ts'
export type { BurstOptions } from './burst.ts'
export { churn } from './churn.ts'
export type { PlatformClock } from './clock.ts'
export type { EmitOptions } from './event-log.ts'
export type { EventDraft, PlatformEvent, Scope, Severity } from './events.ts'
export type { ActiveFault, Fault, Faults, FaultTarget } from './faults.ts'
export type { Refusal, Scheme } from './log-in.ts'
export { type Mock, startMock } from './mock.ts'
export { type Actor, type Appliance, type Enterprise, type Host, type VirtualMachine, vmPath } from './model.ts'
export type { OAuthClient, OAuthCredentials } from './oauth-credentials.ts'
export type { DialectName, MockOptions } from './options.ts'
export type { NewVm, Platform } from './platform.ts'
export type { RequestRecord, Requests } from './requests.ts'
export type { Streams } from './stream.ts'
export type { ByteCount, CutOptions, Ending } from './stream-cuts.ts'
export { type Address, addressOf, tokenLinesOf } from './truth.ts'
export type { DeployOptions, UndeployOptions } from './vm-actions.ts'
export type { ChangeOptions, HostRef, VmRef } from './world.ts'
