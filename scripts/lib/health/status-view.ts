import type { OutputStatus } from '@novnc-tokens/tokens'
import { heldAdvice } from '../log/held-advice.ts'
import { programVersion } from '../process/version.ts'
import type { DaemonStatus } from './daemon-status.ts'
import type { Times } from './degradations.ts'
import { publicText } from './public-text.ts'
import { readiness } from './readiness.ts'

/** A moment in the past. */
export interface Moment {
  /** ISO 8601, in UTC. */
  readonly at: string
  readonly ageSeconds: number
}

/** What `/status` answers: all that is known, without tokens, users and addresses of virtual machines. */
export type StatusView = ReturnType<typeof statusView>

/** The status as anybody may see it who reaches the health listener. Times are moments, delays count in seconds. */
export function statusView(status: DaemonStatus, times: Times) {
  const { login, list, watch, gaps, sight, lookup, onChange } = status
  const moment = momentAt(times.wall)
  const delay = delayUntil(times.now)
  const { ready, degraded } = readiness(status, { ...times, maxAgeMs: null })
  return {
    status: summary(ready, degraded),
    degraded,
    version: programVersion,
    time: new Date(times.wall).toISOString(),
    turned: moment(status.turnedAt),
    login: { state: login.state, retryInSeconds: delay(login.retryAt) },
    virtualMachines: status.vms,
    tokens: status.tokens,
    refusedAddresses: status.refusedAddresses,
    leftOut: {
      otherDatacenter: status.leftOut['other-datacenter'],
      noDatacenter: status.leftOut['no-datacenter'],
      otherEnterprise: status.leftOut['other-enterprise'],
      noEnterprise: status.leftOut['no-enterprise'],
    },
    enterprises: status.enterprises,
    refusedEnterprises: status.refusedEnterprises.map(({ id, why }) => ({ id, why: publicText(why) })),
    unknownEnterprises: status.unknownEnterprises,
    reads: { owed: status.owed, total: status.reads, failed: status.failedReads },
    triggers: status.triggers,
    list: {
      completeSince: moment(list.completeSince),
      ended: moment(list.endedAt),
      durationSeconds: list.durationMs === null ? null : list.durationMs / 1000,
      running: list.running,
      complete: list.complete,
      incomplete: list.incomplete,
      why: textOrNull(list.why),
      expectedEverySeconds: list.expectedEveryMs / 1000,
    },
    watch: watch && {
      kind: watch.kind,
      instead: textOrNull(watch.instead),
      state: watch.state,
      since: moment(watch.since),
      lastByte: moment(watch.lastByteAt),
      lastEvent: moment(watch.lastEventAt),
      connects: watch.connects,
      polls: watch.polls,
      events: watch.events,
      recovered: watch.recovered,
      recovering: watch.recovering,
      malformed: watch.malformed,
      gaps: watch.gaps,
      error: textOrNull(watch.error),
      retryInSeconds: delayUntil(times.wall)(watch.retryAt),
    },
    gaps: {
      healed: gaps.healed,
      last: gaps.last && {
        noticed: moment(gaps.last.at),
        why: publicText(gaps.last.why),
        healed: gaps.last.healed,
        healedAt: moment(gaps.last.healedAt),
      },
    },
    sight: { blind: sight.blind, hint: textOrNull(sight.hint), unannounced: sight.unannounced },
    outputs: status.outputs.map((output) => outputView(output, times)),
    lookup,
    onChange,
  }
}

/** The one word for it: `unready` takes a host out of its balancer. */
export function summary(ready: boolean, degraded: readonly string[]): 'ready' | 'degraded' | 'unready' {
  if (!ready) return 'unready'
  return degraded.length === 0 ? 'ready' : 'degraded'
}

function outputView(output: OutputStatus, { wall, now }: Times) {
  const moment = momentAt(wall)
  return {
    name: publicText(output.name),
    role: output.role ?? null,
    loaded: output.loaded,
    existed: output.existed,
    tokens: output.tokens,
    uncarried: output.uncarried,
    malformed: output.malformed,
    unclaimed: output.unclaimed,
    pending: output.pending,
    writes: output.writes,
    failures: output.failures,
    changedByOthers: output.changedByOthers,
    lastWrite: moment(output.lastWriteAt),
    modified: moment(output.modifiedAt),
    held: output.held,
    heldWhy: textOrNull(output.heldWhy),
    heldSince: moment(output.heldSince),
    heldAdvice: output.held === 0 ? null : heldAdvice(output.heldWhy ?? ''),
    error: textOrNull(output.error),
    retryInSeconds: delayUntil(now)(output.retryAt),
  }
}

function momentAt(wall: number): (at: number | null) => Moment | null {
  return (at) => (at === null ? null : { at: new Date(at).toISOString(), ageSeconds: Math.round((wall - at) / 1000) })
}

function delayUntil(now: number): (at: number | null) => number | null {
  return (at) => (at === null ? null : Math.max(0, Math.ceil((at - now) / 1000)))
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : publicText(text)
}
