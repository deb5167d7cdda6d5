import { FakeClock, settled } from '../../api/testing/fake-clock.ts'
import type { Change } from '../book/book.ts'
import type { Note } from '../keeper/note.ts'
import type { Want } from '../outputs/plan.ts'
import { type Proof, Runner } from '../outputs/runner.ts'
import type { Address } from '../token/address.ts'
import { formatLine } from '../token/lines.ts'
import { type Token, tokenOf } from '../token/token.ts'
import { FakeOutput } from './fake-output.ts'

/** How long after it the guard takes a second list for a confirmation, in milliseconds. */
export const resyncMs = 300_000
/** The address of a VM. */
export const at = (port: number): Address => ({ host: '10.0.0.1', port })
/** So many ports, from this one on. */
export const ports = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)

/** What a file with the VMs of these ports has. */
export function fileOf(...some: number[]): string {
  const lines = some.map((port) => `${formatLine(tokenOf(at(port)), at(port))}\n`)
  return lines.sort().join('')
}

/** A VM has a console at this port from now on. */
export function added(port: number, announced = true): Change {
  return { token: tokenOf(at(port)), address: at(port), id: `vm ${port}`, announced }
}

/** It has none there any more. */
export function removed(port: number, announced = true): Change {
  return { token: tokenOf(at(port)), address: null, id: `vm ${port}`, announced }
}

/** What the book wants with VMs at these ports. */
export function wantOf(some: readonly number[]): Want {
  const lines = new Map<Token, Address>(some.map((port) => [tokenOf(at(port)), at(port)]))
  return { holds: (token) => lines.has(token), lines: () => lines, tokens: lines.size }
}

/** A runner that runs, with all around it. */
export async function running(text: string | null = '', share: number | null = 0.3) {
  const clock = new FakeClock()
  const output = new FakeOutput(text)
  const notes: Note[] = []
  const ending = new AbortController()
  const calls = { changedByOthers: 0 }
  const runner = new Runner({
    output,
    guard: { share, confirmAfterMs: resyncMs },
    clock,
    random: () => 0,
    note: (note) => notes.push(note),
    onChangedByOthers: () => {
      calls.changedByOthers++
    },
  })
  const start = async () => {
    await runner.load()
    const run = runner.run(ending.signal)
    await settled()
    return run
  }
  return {
    clock,
    output,
    notes,
    runner,
    calls,
    /** Loads and runs; resolves once it waits. */
    run: null as Promise<void> | null,
    async start() {
      this.run = start()
      await settled()
      await settled()
    },
    /** Lists that have ended and show these VMs; they began just now, unless `since` is given. */
    async proves(some: readonly number[], proof: Partial<Proof> = {}) {
      const since = clock.now()
      runner.reconcile({ want: wantOf(some), agreedSince: since, provenSince: since, confirms: true, ...proof })
      await settled()
    },
    async push(...changes: Change[]) {
      runner.push(changes)
      await settled()
    },
    noted: (kind: Note['kind']) => notes.filter((note) => note.kind === kind),
    end: () => ending.abort(),
    async [Symbol.asyncDispose]() {
      ending.abort()
      await this.run
    },
  }
}

/** A runner that has begun, at 1 ms. */
export async function started(text: string | null = '', share: number | null = 0.3) {
  const all = await running(text, share)
  await all.start()
  await all.clock.advance(1)
  return all
}
