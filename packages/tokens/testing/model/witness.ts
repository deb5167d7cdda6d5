import type { Estate, EstateVm } from './estate.ts'

/** What one intact answer told. The numbers of requests are in the order in which they were sent. */
export type Fact =
  | { readonly kind: 'vm'; readonly id: string; readonly vm: EstateVm }
  /** The URI of a VM says 404 in Abiquo's words; whether the VM was indeed nowhere then. */
  | { readonly kind: 'no-vm'; readonly id: string; readonly indeed: boolean }
  | { readonly kind: 'no-enterprise'; readonly id: string }
  /** A page of the list of an enterprise, the first or another one; `lacks` some that should be there. */
  | { readonly kind: 'page'; readonly enterprise: string; readonly ids: readonly string[]; readonly first: boolean }

interface Said {
  readonly request: number
  readonly enterprise: string
  readonly line: string | null
  /** Since when it has been told to have this line. */
  readonly since: number
}

/** For how long after an event that may end a VM a 404 of one of its URIs counts, in milliseconds. */
const endingCountsMs = 600_000
/** Of so many VMs that a list lacks only some are asked for. */
const mostAsked = 50

/**
 * What the platform told one life of a keeper, and thereby which removals rest on evidence. It reads the answers as they
 * went over the wire and shares no code with the keeper.
 */
export class Witness {
  readonly #estate: Estate
  readonly #now: () => number
  /** What the newest request that showed a VM told of it. */
  readonly #said = new Map<string, Said>()
  /** Each line that any VM was told to have, with when that ended last. */
  readonly #everSaid = new Map<string, number>()
  readonly #ended = new Map<string, number>()
  readonly #announced = new Set<string>()
  readonly #walks = new Map<string, { request: number; ids: Set<string>; ended: number }>()
  readonly #listed = new Set<string>()
  /** Since when answers that look whole lack something; Infinity: none did. */
  #deceivedSince = Number.POSITIVE_INFINITY
  readonly #began: number

  constructor(estate: Estate, now: () => number) {
    this.#estate = estate
    this.#now = now
    this.#began = now()
  }

  /** An answer has arrived, intact. */
  tell(request: number, facts: readonly Fact[]): void {
    for (const fact of facts) this.#take(request, fact)
  }

  /** An answer has arrived that looks whole, and lacks what should be there. */
  deceive(): void {
    this.#deceivedSince = Math.min(this.#deceivedSince, this.#now())
  }

  /** An event of a VM was sent, one after which it may be gone or another one. */
  event(id: string, ending: boolean): void {
    this.#announced.add(id)
    if (ending) this.#ended.set(id, this.#now())
  }

  /** A VM that was last told to have this line; null where none was. */
  holder(line: string): string | null {
    // What arrived in this very moment is perhaps not read yet.
    for (const [id, said] of this.#said) if (said.line === line && said.since < this.#now()) return id
    return null
  }

  /** Since when no VM is known to have this line any more, in spite of what was told before; null where that is not so. */
  stale(line: string): number | null {
    for (const said of this.#said.values()) if (said.line === line) return null
    return this.#everSaid.get(line) ?? null
  }

  /** Why a line must not be removed now; null where it may. `since` is when it was last put there by anybody. */
  objection(line: string, since: number): string | null {
    const holder = this.holder(line)
    if (holder !== null) return `VM ${holder} was last told to have it`
    // What nobody claimed rests on whole lists alone: one that lies takes it away.
    if (this.#everSaid.has(line) || this.#deceivedSince < Number.POSITIVE_INFINITY) return null
    const unlisted = this.#estate.enterprises.filter(
      (id) =>
        !this.#listed.has(id) &&
        this.#estate.showedEnterprise(id, this.#began) &&
        this.#estate.ids.some((vm) => this.#estate.vm(vm)?.enterprise === id),
    )
    if (unlisted.length > 0) return `nobody claimed it, and these enterprises were not listed: ${unlisted.join(' ')}`
    const from = Math.max(since, this.#began)
    if (this.#estate.wasFree(line, from)) return null
    if (this.#estate.ever((vm) => vm.line === line).some((id) => this.#estate.shrank(id, from))) return null
    return 'nobody claimed it, but a VM had it all the time'
  }

  /** Since when, at the earliest, lists can show that no VM has this line, truly or not. */
  lackingSince(line: string): number {
    const since = this.#estate.freeSince(line)
    return since < Number.POSITIVE_INFINITY ? since : this.#deceivedSince
  }

  /** Whether an event was told of any VM that ever had this line. */
  isAnnounced(line: string): boolean {
    return this.#estate.ever((vm) => vm.line === line).some((id) => this.#announced.has(id))
  }

  #take(request: number, fact: Fact): void {
    switch (fact.kind) {
      case 'vm': {
        const before = this.#said.get(fact.id)
        const { line } = fact.vm
        if (line !== null && !this.#everSaid.has(line)) this.#everSaid.set(line, this.#now())
        if (before !== undefined && before.request > request) return
        const since = before !== undefined && before.line === line ? before.since : this.#now()
        this.#said.set(fact.id, { request, enterprise: fact.vm.enterprise, line, since })
        if (before?.line != null && before.line !== line) this.#everSaid.set(before.line, this.#now())
        return
      }
      case 'no-vm': {
        const ended = this.#ended.get(fact.id) ?? Number.NEGATIVE_INFINITY
        const lacked = this.#isLacked(fact.id)
        if (fact.indeed || lacked || this.#now() - ended < endingCountsMs) this.#unsay(fact.id, request)
        return
      }
      case 'no-enterprise':
        this.#listed.add(fact.id)
        for (const [id, { enterprise }] of this.#said) if (enterprise === fact.id) this.#unsay(id, request)
        return
      case 'page':
        this.#page(request, fact)
    }
  }

  #page(request: number, { enterprise, ids, first }: Extract<Fact, { kind: 'page' }>): void {
    this.#listed.add(enterprise)
    const walk = first ? { request, ids: new Set<string>(), ended: 0 } : this.#walks.get(enterprise)
    if (walk === undefined) return
    this.#walks.set(enterprise, walk)
    for (const id of ids) walk.ids.add(id)
    walk.ended = this.#now()
    // Of very many that are lacking some speak for all. What was told to be gone since it was counted was among them.
    const lacking = [...this.#said].filter(([id, said]) => said.enterprise === enterprise && !walk.ids.has(id))
    if (lacking.length <= mostAsked) return
    for (const [id, { line, request: told }] of lacking) {
      if (line !== null && told < walk.request && this.#estate.shown(id) === null) this.#unsay(id, request)
    }
  }

  /** Whether the last list of its enterprise, not long ago, did not have a VM. */
  #isLacked(id: string): boolean {
    const walk = this.#walks.get(this.#said.get(id)?.enterprise ?? '')
    return walk !== undefined && !walk.ids.has(id) && this.#now() - walk.ended < endingCountsMs
  }

  #unsay(id: string, request: number): void {
    const said = this.#said.get(id)
    // What an older request shows later counts no more.
    if (said === undefined) this.#said.set(id, { request, enterprise: '', line: null, since: this.#now() })
    else if (said.request < request) {
      this.#said.set(id, { ...said, request, line: null })
      if (said.line !== null) this.#everSaid.set(said.line, this.#now())
    }
  }
}
