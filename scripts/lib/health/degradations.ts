import type { KeeperStatus, OutputStatus } from '@novnc-tokens/tokens'
import { heldAdvice } from '../log/held-advice.ts'
import { noneInDatacenter } from '../log/none-in-datacenter.ts'
import { standingStill } from './liveness.ts'
import { publicText } from './public-text.ts'
import { describeSpan } from './spans.ts'

/** The times that a status is judged by: `wall` in milliseconds since 1970, `now` of the monotonic clock. */
export interface Times {
  readonly wall: number
  readonly now: number
}

/** A stream opens within 30 s or fails. */
const connectingTooLongMs = 60_000
/** A gap that the history closes is closed within seconds, and so is one that a list makes up for at a quiet site. */
const gapTooLongMs = 30_000
const namedEnterprises = 5

/** Why the log-in does not work, without the user's name; null where it does or was not tried yet. */
export function loginTrouble({ login }: KeeperStatus, { now }: Times): string | null {
  if (login.state === 'refused') {
    const status = / answered (401|403)\b/.exec(login.why ?? '')?.[1]
    const answer = status === undefined ? '' : ` (${status})`
    return `The platform refuses the log-in${answer}: check its credentials${nextTry(login.retryAt, now)}, at once on HUP`
  }
  if (login.state === 'failing')
    return `The log-in fails: ${publicText(login.why ?? 'unknown')}${nextTry(login.retryAt, now)}`
  return null
}

/** Whether the first output has what an earlier run, or somebody else, left there. */
export function servesEarlierTokens({ outputs: [first] }: KeeperStatus): boolean {
  return first?.existed === true
}

/** What is wrong with the lists; null where they are complete and young enough. */
export function listTrouble(status: KeeperStatus, { wall }: Times): string | null {
  const { list } = status
  const why = list.why === null ? '' : `: ${publicText(list.why)}`
  if (list.completeSince === null) {
    const served = servesEarlierTokens(status)
      ? 'the tokens of an earlier run are served'
      : 'there are no tokens of an earlier run to serve'
    return `No list is complete yet, and ${served}${list.endedAt === null ? '' : why}`
  }
  const old = oldList(status, wall)
  if (old !== null) return `${old}${why}`
  return list.why === null ? null : `The last list is not complete${why}`
}

/** That the last complete list is too old; null where it is young enough, and where there is none yet. */
export function oldList({ list }: KeeperStatus, wall: number): string | null {
  if (list.completeSince === null) return null
  const age = wall - list.completeSince
  if (age <= 3 * list.expectedEveryMs + (list.durationMs ?? 0)) return null
  return `The last complete list is ${describeSpan(age)} old, one is due every ${describeSpan(list.expectedEveryMs)}`
}

/** What is wrong with the watch; null where it sees, and where nothing is to watch. */
export function watchTrouble(status: KeeperStatus, { wall }: Times): string | null {
  const { watch, sight } = status
  if (watch === null || watch.kind === 'none') return null
  const span = describeSpan(wall - watch.since)
  if (watch.state === 'down') {
    const why = publicText(watch.error ?? 'unknown')
    return `${watch.kind === 'poll' ? 'Polling for events' : 'The event stream'} has been down for ${span}: ${why}${nextTry(watch.retryAt, wall)}; lists find changes meanwhile`
  }
  const slow = slowWatch(status, wall)
  if (slow !== null) return slow
  return sight.blind ? `Events do not tell what lists find: ${publicText(sight.hint ?? 'unknown')}` : null
}

/** That the watch takes too long to open; null where it does not. */
export function slowWatch({ watch, login }: KeeperStatus, wall: number): string | null {
  if (watch?.state !== 'connecting' || wall - watch.since <= connectingTooLongMs) return null
  // Without a log-in it waits for that, which is told already.
  if (login.state === 'refused' || login.state === 'failing') return null
  return `The event stream has been connecting for ${describeSpan(wall - watch.since)}`
}

/** That events may have been missed, and that nothing has made up for that for a while; null where all is known. */
export function openGap({ gaps: { last } }: KeeperStatus, wall: number): string | null {
  if (last === null || last.healed !== null || wall - last.at <= gapTooLongMs) return null
  const missed = `Events may have been missed ${describeSpan(wall - last.at)} ago`
  return `${missed}, until the history or a complete list makes up for them: ${publicText(last.why)}`
}

/** What is wrong with an output; null where nothing is. */
export function outputTrouble({ name, error, retryAt }: OutputStatus, { now }: Times): string | null {
  if (error === null) return null
  const subject = error.includes(name) ? '' : `Output ${publicText(name)}: `
  return `${subject}${publicText(error)}${nextTry(retryAt, now)}`
}

/** Everything that is not as it should be, a sentence each, without tokens, users and addresses of virtual machines. */
export function degradations(status: KeeperStatus, times: Times): string[] {
  const { leftOut, outputs, refusedAddresses } = status
  const still = standingStill(status, times.wall)
  return [
    still === null ? null : `${still.what} has not turned for ${describeSpan(still.ms)}`,
    loginTrouble(status, times),
    listTrouble(status, times),
    ...outputs.map((output) => outputTrouble(output, times)),
    watchTrouble(status, times),
    openGap(status, times.wall),
    refusedEnterprises(status),
    unknownEnterprises(status),
    status.list.completeSince === null ? null : noneInDatacenter(status.tokens, leftOut),
    ...outputs.map(held),
    ...outputs.map(malformed),
    refusedAddresses === 0
      ? null
      : `${count(refusedAddresses, 'virtual machine')} without a token, since the address cannot be used: the log names them`,
    untold(leftOut['no-datacenter'], 'datacenter'),
    untold(leftOut['no-enterprise'], 'enterprise'),
  ].filter((reason) => reason !== null)
}

function refusedEnterprises({ refusedEnterprises }: KeeperStatus): string | null {
  const [first] = refusedEnterprises
  if (first === undefined) return null
  const ids = shortened(refusedEnterprises.map(({ id }) => id))
  const what =
    refusedEnterprises.length === 1
      ? `Enterprise ${first.id} refuses the user, and its tokens stay as they are`
      : `Enterprises ${ids} refuse the user, and their tokens stay as they are`
  return `${what}: ${publicText(first.why)}`
}

function unknownEnterprises({ unknownEnterprises: ids }: KeeperStatus): string | null {
  if (ids.length === 0) return null
  const one = ids.length === 1
  const what = `${one ? 'Enterprise' : 'Enterprises'} ${shortened(ids)} ${one ? 'is' : 'are'} chosen`
  return `${what}, but the platform has no such: check --enterprise, and what the user may see`
}

function untold(vms: number, what: string): string | null {
  if (vms === 0) return null
  return `${count(vms, 'virtual machine')} without a token, since the platform does not tell the ${what}, by which is chosen`
}

function shortened(ids: readonly string[]): string {
  return [...ids.slice(0, namedEnterprises), ...(ids.length > namedEnterprises ? ['...'] : [])].join(', ')
}

function held({ name, held, heldWhy }: OutputStatus): string | null {
  if (held === 0) return null
  const what = `The guard holds the removal of ${count(held, 'token')} from ${publicText(name)}`
  return `${what}: ${publicText(heldWhy ?? 'unknown')}; ${heldAdvice(heldWhy ?? '')}`
}

function malformed({ name, malformed: tokens }: OutputStatus): string | null {
  if (tokens === 0) return null
  return `${count(tokens, 'token')} left out of ${publicText(name)}, since no reader could make sense of the lines: the log names them`
}

function nextTry(retryAt: number | null, now: number): string {
  if (retryAt === null) return ''
  return retryAt <= now ? '; next try now' : `; next try in ${describeSpan(Math.max(1000, retryAt - now))}`
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}
