import type { KeeperStatus, OutputStatus } from '@novnc-tokens/tokens'
import { formatDuration } from '../settings/durations.ts'
import {
  degradations,
  listTrouble,
  openGap,
  outputTrouble,
  servesEarlierTokens,
  type Times,
  watchTrouble,
} from './degradations.ts'
import { publicText } from './public-text.ts'
import { describeSpan } from './spans.ts'

/** What a balancer's question is judged by. */
export interface ReadinessTimes extends Times {
  /** How old what is served may be, in milliseconds; null: as old as it is. */
  readonly maxAgeMs: number | null
}

/** Whether consoles may be sent here, and what is wrong even so. Nothing in it names a token, a user or a VM's address. */
export interface Readiness {
  readonly ready: boolean
  /** Sentences for people. Where `ready` is false, they say why. */
  readonly degraded: readonly string[]
  readonly checks: {
    readonly list: ListCheck
    readonly outputs: readonly OutputCheck[]
    readonly watch: WatchCheck
  }
}

/** How the lists stand. */
export interface ListCheck {
  readonly ok: boolean
  /** Age of the last complete list; before there is one, of the first output as it was found. */
  readonly ageSeconds: number | null
  readonly why: string | null
}

/** How one output stands. */
export interface OutputCheck {
  readonly name: string
  readonly ok: boolean
  /** Since it was last written, or confirmed by a complete list. */
  readonly ageSeconds: number | null
  /** Tokens whose removal the guard holds. */
  readonly held: number
  readonly why: string | null
}

/** How the watch stands. */
export interface WatchCheck {
  readonly ok: boolean
  /** `none`: nothing watches, and lists alone find changes. */
  readonly state: 'connecting' | 'open' | 'down' | 'none'
  /** Since anything last came from the platform. */
  readonly lastByteAgeSeconds: number | null
  readonly why: string | null
}

/**
 * Judges a status for balancers. Only what makes consoles fail takes the host out: no tokens, or a first output that
 * cannot take new ones. An API that is out of reach harms all hosts alike, and no console that is known already.
 */
export function readiness(status: KeeperStatus, times: ReadinessTimes): Readiness {
  const age = ageOf(status, times)
  const tooOld = tooOldFor(age, times.maxAgeMs)
  const ofList = tooOld ?? listTrouble(status, times)
  const ofWatch = watchTrouble(status, times) ?? openGap(status, times.wall)
  const lastByteAt = status.watch?.lastByteAt ?? null
  const state = status.watch === null || status.watch.kind === 'none' ? 'none' : status.watch.state
  return {
    ready: tooOld === null && hasSomethingToServe(status) && !isUnwritable(status),
    degraded: [...(tooOld === null ? [] : [tooOld]), ...degradations(status, times)],
    checks: {
      list: { ok: ofList === null, ageSeconds: seconds(age), why: ofList },
      outputs: status.outputs.map((output) => {
        const why = outputTrouble(output, times)
        return {
          name: publicText(output.name),
          ok: why === null,
          ageSeconds: since(lastSetRight(output), times),
          held: output.held,
          why,
        }
      }),
      watch: { ok: ofWatch === null, state, lastByteAgeSeconds: since(lastByteAt, times), why: ofWatch },
    },
  }
}

/** Milliseconds since what is served was right; null where that is unknown. A file's time may lie in the future. */
function ageOf({ list, outputs }: KeeperStatus, { wall }: Times): number | null {
  const since = list.completeSince ?? outputs[0]?.modifiedAt ?? null
  return since === null ? null : Math.max(0, wall - since)
}

/** When an output was last written or confirmed. */
function lastSetRight({ lastWriteAt, modifiedAt }: OutputStatus): number | null {
  return lastWriteAt === null || modifiedAt === null ? (lastWriteAt ?? modifiedAt) : Math.max(lastWriteAt, modifiedAt)
}

function since(at: number | null, { wall }: Times): number | null {
  return seconds(at === null ? null : Math.max(0, wall - at))
}

function seconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds / 1000)
}

function tooOldFor(age: number | null, maxAgeMs: number | null): string | null {
  if (maxAgeMs === null || (age !== null && age <= maxAgeMs)) return null
  const old = age === null ? 'of unknown age' : `${describeSpan(age)} old`
  return `What is served is ${old}, max_age allows ${formatDuration(maxAgeMs)}`
}

function hasSomethingToServe(status: KeeperStatus): boolean {
  return status.list.completeSince !== null || servesEarlierTokens(status)
}

/**
 * Whether the first output cannot be made right. One that cannot be read is no such: until there is a complete list
 * nothing is to be written, and websockify may read it as another user. Nor is one that only its time cannot be set of, or
 * that takes all but some tokens.
 */
function isUnwritable({ outputs: [first] }: KeeperStatus): boolean {
  if (first === undefined || first.error === null || first.errorCode === 'blocked') return false
  return first.errorCode === 'unwritable' || (first.loaded && first.pending > 0)
}
