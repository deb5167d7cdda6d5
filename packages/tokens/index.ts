/**
 * Keeps websockify's token sources true to an Abiquo platform: addresses, tokens, the book of who holds which, the
 * plan, outputs, and the keeper that lists and watches. It never logs, prints or reads settings: it tells by notes and
 * status.
 *
 * @module
 */
export { type Address, isHost, type Reading, readAddress } from './address.ts'
export { Announcements } from './announcements.ts'
export { type Announced, Book, type Change, type Row, type Sighting, type VmId } from './book.ts'
export { Coverage } from './coverage.ts'
export type { Gap, GapHealing, GapsStatus } from './gaps.ts'
export { Guard, type GuardOptions, type Judgement } from './guard.ts'
export { Keeper, type KeeperOptions } from './keeper.ts'
export { LastLists, type LeftOutCounts } from './last-lists.ts'
export { formatLine, parseLine, parseLines, SortedLines } from './lines.ts'
export { Lookup, type LookupOptions, type LookupStatus } from './lookup/lookup.ts'
export { MemoryOutput, type MemoryOutputOptions } from './lookup/memory-output.ts'
export type { Note, TakeNote } from './note.ts'
export { atomicWrite, type Ownership } from './outputs/atomic-write.ts'
export { DirectoryOutput, type DirectoryOutputOptions } from './outputs/directory.ts'
export { FileOutput, type FileOutputOptions } from './outputs/file.ts'
export {
  BlockedError,
  type Doubt,
  type Loaded,
  type Output,
  OutputError,
  type OutputErrorCode,
  type OutputRole,
  type WriteOptions,
  type Written,
} from './outputs/output.ts'
export type { OutputStatus } from './outputs/output-status.ts'
export { isReadable } from './outputs/readers-view.ts'
export {
  describeRedis,
  parseRedisUrl,
  type RedisAddress,
  type RedisTls,
  type RedisUser,
  type Server,
} from './outputs/redis/address.ts'
export { type RedisConnection, RedisError } from './outputs/redis/connection.ts'
export { RedisOutput, type RedisOutputOptions } from './outputs/redis.ts'
export { type Proof, Runner, type RunnerOptions } from './outputs/runner.ts'
export { type Ground, type Plan, plan, type Want } from './plan.ts'
export { type Belonging, type LeftOut, Selection, type SelectionOptions } from './selection.ts'
export type { SightStatus } from './sight.ts'
export { Sightings } from './sightings.ts'
export type { KeeperStatus, ListStatus } from './status.ts'
export { type EnterpriseResult, Survey, type SurveyOptions, type SurveyResult } from './survey.ts'
export { Tally } from './tally.ts'
export { type Tick, Ticks } from './tick.ts'
export { type Token, tokenOf } from './token.ts'
export { type Expectation, type Scope, type Trigger, triggerOf, watchedEntities } from './trigger.ts'
