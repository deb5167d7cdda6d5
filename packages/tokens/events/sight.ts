import type { Change, VmId } from '../book/book.ts'

/** An event may come a moment after a list has found what it tells. */
const graceMs = 5000
/** So many lists in a row with changes that no event announced mean that the watch is blind; as many without, that it sees. */
const rounds = 2

/** How well the watch sees, by what lists find. */
export interface SightStatus {
  readonly blind: boolean
  /** What the user that we log in as probably lacks. */
  readonly hint: string | null
  /** Changes since the start that lists found and no event announced. */
  readonly unannounced: number
}

interface Round {
  readonly judgeAt: number
  readonly found: Map<VmId, Change[]>
}

/**
 * Judges whether the watch sees what happens. A user without the right privileges gets a healthy stream of nothing, and
 * only lists then find changes: once may be chance, twice in a row is blindness.
 */
export class Sight {
  #found = new Map<VmId, Change[]>()
  #ended: Round[] = []
  #streak = 0
  #clear = 0
  #blind = false
  /** Whether any event came since the watch was found to be blind: quiet alone proves no sight. */
  #heard = false
  #hint: string | null = null
  #unannounced = 0

  /** A list found these changes. */
  found(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.announced) continue
      const of = this.#found.get(change.id)
      if (of) of.push(change)
      else this.#found.set(change.id, [change])
    }
  }

  /** An event of the VM came. */
  announced(id: VmId): void {
    this.#heard = true
    this.#found.delete(id)
    for (const round of this.#ended) round.found.delete(id)
  }

  /** A list has ended. `counts` is false where the watch could not have seen all that changed since the last one. */
  listed(now: number, counts: boolean): void {
    if (counts) this.#ended.push({ judgeAt: now + graceMs, found: this.#found })
    this.#found = new Map()
  }

  /** When `judge` has something to say. */
  get judgeAt(): number {
    return this.#ended[0]?.judgeAt ?? Number.POSITIVE_INFINITY
  }

  /** Judges the list whose time of grace is over; tells whether the watch went blind or sees again. */
  judge(now: number): 'blind' | 'sighted' | null {
    const [round] = this.#ended
    if (round === undefined || now < round.judgeAt) return null
    this.#ended.shift()
    const count = round.found.size
    this.#unannounced += count
    this.#streak = count > 0 ? this.#streak + 1 : 0
    this.#clear = count > 0 ? 0 : this.#clear + 1
    if (count > 0) this.#hint = hintFor([...round.found.values()])
    if (!this.#blind && this.#streak >= rounds) {
      this.#blind = true
      this.#heard = false
      return 'blind'
    }
    if (this.#blind && this.#heard && this.#clear >= rounds) {
      this.#blind = false
      return 'sighted'
    }
    return null
  }

  status(): SightStatus {
    return { blind: this.#blind, hint: this.#blind ? this.#hint : null, unannounced: this.#unannounced }
  }
}

/** Deploys need another privilege to be seen than moves and changes of a host (Abiquo's list of privileges). */
function hintFor(found: readonly (readonly Change[])[]): string {
  const moves = found.filter((changes) => changes.length > 1).length
  const privilege = moves === found.length ? 'PHYS_DC_ALLOW_MODIFY_SERVERS' : 'VAPP_DEPLOY_UNDEPLOY'
  return `the user probably lacks the privilege ${privilege} or the one to display all events, or is switched to another enterprise`
}
