import type { KeeperStatus, LookupStatus } from '@novnc-tokens/tokens'
import type { OnChangeStatus } from '../on-change.ts'

/** How the daemon stands: its keeper, and what is around that. */
export interface DaemonStatus extends KeeperStatus {
  /** Null where no lookups are answered. */
  readonly lookup: LookupStatus | null
  /** Null where no command runs after changes. */
  readonly onChange: OnChangeStatus | null
}
