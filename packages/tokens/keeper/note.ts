import type { WatchStatus } from '@novnc-tokens/stream'
import type { OutputRole } from '../outputs/output.ts'
import type { LeftOutCounts } from '../reading/last-lists.ts'

/** What the keeper and its outputs tell as they go; whoever runs them decides what becomes of it. */
export type Note =
  | { readonly kind: 'loaded'; readonly output: string; readonly tokens: number; readonly refused: number }
  | { readonly kind: 'load-failed'; readonly output: string; readonly why: string; readonly retryInMs: number }
  | {
      readonly kind: 'written'
      readonly output: string
      readonly added: number
      readonly removed: number
      readonly tokens: number
      readonly durationMs: number
    }
  /** All that the output has was compared with what it should have. */
  | { readonly kind: 'compared'; readonly output: string; readonly tokens: number }
  /** How far a long write is: so many changes of so many. */
  | { readonly kind: 'progress'; readonly output: string; readonly done: number; readonly total: number }
  /** The output cannot carry these, as their hosts are IPv6; told once. */
  | { readonly kind: 'uncarried'; readonly output: string; readonly tokens: number }
  /** A line was left out, since websockify could not read it and might refuse everybody; told once for each token. */
  | { readonly kind: 'malformed-line'; readonly output: string; readonly hostPort: string }
  /** Who writes an output that several processes share; `yielded` where another one does as this one is blind. */
  | { readonly kind: 'role'; readonly output: string; readonly role: OutputRole; readonly yielded: boolean }
  | { readonly kind: 'write-failed'; readonly output: string; readonly why: string; readonly retryInMs: number }
  /** All but some tokens were written. */
  | { readonly kind: 'write-blocked'; readonly output: string; readonly why: string; readonly retryInMs: number }
  | { readonly kind: 'changed-by-others'; readonly output: string }
  | { readonly kind: 'held'; readonly output: string; readonly tokens: number; readonly why: string }
  /** Nothing is held any more: lists agreed, events announced it, or the VMs are there again. */
  | { readonly kind: 'held-no-more'; readonly output: string }
  | { readonly kind: 'let-go'; readonly output: string; readonly tokens: number }
  | { readonly kind: 'event'; readonly action: string; readonly path: string | null }
  | { readonly kind: 'read-failed'; readonly what: string; readonly why: string; readonly retryInMs: number }
  | {
      readonly kind: 'listed'
      readonly enterprises: number
      readonly vms: number
      readonly tokens: number
      /** Virtual machines with an address that the selection leaves out. */
      readonly leftOut: LeftOutCounts
      readonly unannounced: number
      readonly durationMs: number
    }
  | { readonly kind: 'list-incomplete'; readonly why: string; readonly retryInMs: number | null }
  | { readonly kind: 'enterprise-refused'; readonly enterprise: string; readonly why: string }
  | { readonly kind: 'enterprise-gone'; readonly enterprise: string }
  /** An enterprise that is chosen by name is none of the platform's. */
  | { readonly kind: 'enterprise-unknown'; readonly enterprise: string }
  | { readonly kind: 'address-refused'; readonly vm: string; readonly why: string }
  | { readonly kind: 'watch-open'; readonly by: WatchStatus['kind']; readonly instead: string | null }
  | { readonly kind: 'watch-down'; readonly why: string; readonly retryInMs: number }
  | { readonly kind: 'gap'; readonly why: string; readonly closing: boolean }
  | { readonly kind: 'caught-up'; readonly recovered: number }
  /** A complete list made up for a gap that the history did not close. */
  | { readonly kind: 'gap-made-up' }
  /** A list found changes of so many VMs that no event announced. */
  | { readonly kind: 'unannounced'; readonly vms: number }
  | { readonly kind: 'blind'; readonly unannounced: number; readonly hint: string }
  | { readonly kind: 'sighted' }
  /** Something went wrong that must not happen: worth a report to the makers of this program. */
  | { readonly kind: 'defect'; readonly what: string; readonly error: Error }

/** Takes notes. */
export type TakeNote = (note: Note) => void
