import type { LoginStatus } from '@novnc-tokens/api'
import type { WatchStatus } from '@novnc-tokens/stream'
import type { GapsStatus } from '../events/gaps.ts'
import type { SightStatus } from '../events/sight.ts'
import type { OutputStatus } from '../outputs/output-status.ts'
import type { LeftOutCounts } from '../reading/last-lists.ts'

/** How the lists stand. Times are milliseconds since 1970. */
export interface ListStatus {
  /** When the oldest of the lists that the book rests on began: none of its rows is older. Null before all were complete. */
  readonly completeSince: number | null
  /** When the last list of everything ended, and how long it took, in milliseconds. */
  readonly endedAt: number | null
  readonly durationMs: number | null
  readonly running: boolean
  /** Lists of everything since the start. */
  readonly complete: number
  readonly incomplete: number
  /** Why the lists are not complete; null where they are. */
  readonly why: string | null
  /** How old the lists may become before something is wrong, in milliseconds. */
  readonly expectedEveryMs: number
}

/** How the keeper stands. */
export interface KeeperStatus {
  /** When the loop last turned, in milliseconds since 1970. */
  readonly turnedAt: number
  readonly login: LoginStatus
  /** VMs known, tokens that are right, and VMs whose address is none. */
  readonly vms: number
  readonly tokens: number
  readonly refusedAddresses: number
  /** VMs with an address that the last lists showed and the selection leaves out. */
  readonly leftOut: LeftOutCounts
  /** Single reads that are owed. */
  readonly owed: number
  /** Reads since the start, and those that failed. */
  readonly reads: number
  readonly failedReads: number
  /** Triggers received since the start. */
  readonly triggers: number
  readonly list: ListStatus
  /** Null where nothing watches. */
  readonly watch: WatchStatus | null
  readonly gaps: GapsStatus
  readonly sight: SightStatus
  readonly enterprises: number
  /** Enterprises that refuse us with 403. */
  readonly refusedEnterprises: readonly { readonly id: string; readonly why: string }[]
  /** Enterprises that are chosen by name, and that the platform does not have. */
  readonly unknownEnterprises: readonly string[]
  readonly outputs: readonly OutputStatus[]
}
