/**
 * Keeps websockify's token sources true to an Abiquo platform: addresses, tokens, the book of who holds which, the
 * plan, outputs, and the keeper that lists and watches. It never logs, prints or reads settings: it tells by notes and
 * status.
 *
 * @module
 */

export { type Announced, Book, type Change, type Row, type Sighting, type VmId } from './book/book.ts'
export { type Belonging, type LeftOut, Selection, type SelectionOptions } from './book/selection.ts'
export { Tally } from './book/tally.ts'
export { type Tick, Ticks } from './book/tick.ts'
export { Announcements } from './events/announcements.ts'
export type { Gap, GapHealing, GapsStatus } from './events/gaps.ts'
export type { SightStatus } from './events/sight.ts'
export { type Expectation, type Scope, type Trigger, triggerOf, watchedEntities } from './events/trigger.ts'
export { Keeper, type KeeperOptions } from './keeper/keeper.ts'
export type { Note, TakeNote } from './keeper/note.ts'
export type { KeeperStatus, ListStatus } from './keeper/status.ts'
export { Lookup, type LookupOptions, type LookupStatus } from './lookup/lookup.ts'
export { MemoryOutput, type MemoryOutputOptions } from './lookup/memory-output.ts'
export { atomicWrite, type Ownership } from './outputs/atomic-write.ts'
export { DirectoryOutput, type DirectoryOutputOptions } from './outputs/directory.ts'
export { FileOutput, type FileOutputOptions } from './outputs/file.ts'
export { Guard, type GuardOptions, type Judgement } from './outputs/guard.ts'
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
export { type Ground, type Plan, plan, type Want } from './outputs/plan.ts'
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
export { Coverage } from './reading/coverage.ts'
export { LastLists, type LeftOutCounts } from './reading/last-lists.ts'
export { Sightings } from './reading/sightings.ts'
export { type EnterpriseResult, Survey, type SurveyOptions, type SurveyResult } from './reading/survey.ts'
export { type Address, isHost, type Reading, readAddress } from './token/address.ts'
export { formatLine, parseLine, parseLines, SortedLines } from './token/lines.ts'
export { type Token, tokenOf } from './token/token.ts'
