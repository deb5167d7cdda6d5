import type { OutputStatus } from '@novnc-tokens/tokens'
import type { DaemonStatus } from './daemon-status.ts'

/** For tests: the times that {@link fakeStatus} is seen at, with clocks whose zeros differ. */
export const fakeTimes = { wall: Date.UTC(2026, 10, 20, 10), now: 5_000_000 } as const

/** What tests change of a status, output by output. */
export interface FakeChanges extends Partial<Omit<DaemonStatus, 'list' | 'watch' | 'sight' | 'outputs'>> {
  list?: Partial<DaemonStatus['list']>
  watch?: Partial<NonNullable<DaemonStatus['watch']>> | null
  sight?: Partial<DaemonStatus['sight']>
  outputs?: readonly Partial<OutputStatus>[]
}

/** For tests: the status of a daemon that is well, a minute after a list, with some changes. */
export function fakeStatus(changes: FakeChanges = {}): DaemonStatus {
  const { wall } = fakeTimes
  const { list, watch, sight, outputs = [{}], ...others } = changes
  return {
    turnedAt: wall - 2000,
    login: { state: 'accepted', why: null, retryAt: null },
    vms: 120,
    tokens: 40,
    refusedAddresses: 0,
    leftOut: { 'other-datacenter': 0, 'no-datacenter': 0, 'other-enterprise': 0, 'no-enterprise': 0 },
    owed: 0,
    reads: 17,
    failedReads: 1,
    triggers: 16,
    enterprises: 3,
    refusedEnterprises: [],
    unknownEnterprises: [],
    gaps: { healed: { history: 1, list: 0 }, last: null },
    lookup: null,
    onChange: null,
    ...others,
    list: {
      completeSince: wall - 60_000,
      endedAt: wall - 58_000,
      durationMs: 2000,
      running: false,
      complete: 12,
      incomplete: 1,
      why: null,
      expectedEveryMs: 300_000,
      ...list,
    },
    watch:
      watch === null
        ? null
        : {
            kind: 'stream',
            instead: null,
            state: 'open',
            since: wall - 3_600_000,
            lastByteAt: wall - 5000,
            lastEventAt: wall - 90_000,
            recovering: false,
            connects: 2,
            polls: 0,
            events: 321,
            recovered: 3,
            malformed: 0,
            gaps: 1,
            error: null,
            retryAt: null,
            ...watch,
          },
    sight: { blind: false, hint: null, unannounced: 0, ...sight },
    outputs: outputs.map(fakeOutput),
  }
}

function fakeOutput(changes: Partial<OutputStatus>): OutputStatus {
  const { wall } = fakeTimes
  return {
    name: '/opt/websockify/config.vnc',
    loaded: true,
    existed: true,
    tokens: 40,
    uncarried: 0,
    malformed: 0,
    unclaimed: 0,
    pending: 0,
    writes: 9,
    failures: 0,
    changedByOthers: 0,
    errorCode: changes.error == null ? null : changes.error.startsWith('Cannot read') ? 'unreadable' : 'unwritable',
    lastWriteAt: wall - 600_000,
    modifiedAt: wall - 58_000,
    held: 0,
    heldWhy: null,
    heldSince: null,
    error: null,
    retryAt: null,
    overdueMs: 0,
    ...changes,
  }
}
