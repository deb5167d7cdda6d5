import type { HttpRequest } from './http-message.ts'

/** What goes wrong. */
export type Fault =
  /** The connection is reset instead of an answer. */
  | { readonly kind: 'reset' }
  /** No answer ever comes. */
  | { readonly kind: 'hang' }
  /** The answer comes late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The head comes at once, the body bit by bit over this time. */
  | { readonly kind: 'drip'; readonly ms: number }
  /** An error in the platform's own format: 401, 403, 500, 503, 429 ...; 204 has no body. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter?: string | number
      readonly code?: string
      readonly message?: string
    }
  /** A page of HTML with any status, 200 too. */
  | { readonly kind: 'html'; readonly status: number; readonly retryAfter?: string | number }
  /** A redirect. */
  | { readonly kind: 'redirect'; readonly status?: number; readonly location: string }
  /** Only this share of the body comes, half unless given; then the connection ends. */
  | { readonly kind: 'cut'; readonly share?: number }
  /** A body that is neither JSON nor XML. */
  | { readonly kind: 'garbage' }
  /** Lists have no elements. */
  | { readonly kind: 'empty' }
  /** `next` leads back. */
  | { readonly kind: 'loop' }
  /** Every page is the first. */
  | { readonly kind: 'repeat' }
  /** The last element of a page comes again on the next. */
  | { readonly kind: 'duplicate' }
  /** totalSize is wrong by this. */
  | { readonly kind: 'total'; readonly by: number }
  /** The stream opens and stays silent. */
  | { readonly kind: 'silent' }

/** Which requests a fault meets; all that is given must hold. */
export interface FaultTarget {
  /** The API, the stream, or both. @default 'rest', and 'stream' for a silent stream */
  readonly on?: 'rest' | 'stream' | 'all'
  /** A regular expression, or its source, for path and query; or a predicate. */
  readonly path?: string | RegExp | ((request: HttpRequest) => boolean)
  /** Only this enterprise and what is under it. */
  readonly enterprise?: number
  /** Only this page of a list, the first being 1. */
  readonly page?: number
  /** Requests that pass unharmed first. @default 0 */
  readonly after?: number
  /** Requests that it meets before it ends by itself. @default no end */
  readonly times?: number
}

/** A fault in force. */
export interface ActiveFault extends Disposable {
  readonly fault: Fault
  /** Requests it has met. */
  readonly hits: number
  /** Ends it. */
  clear(): void
}

interface Rule extends ActiveFault {
  meets(request: HttpRequest, kind: 'rest' | 'stream'): boolean
}

/** The faults in force. */
export class Faults {
  readonly #rules = new Set<Rule>()
  /** Milliseconds by which every answer of the API is late; `clear` leaves it. */
  delayMs = 0

  /** Puts a fault in force until it is cleared or used up. */
  add(fault: Fault, target: FaultTarget = {}): ActiveFault {
    const rules = this.#rules
    const on = target.on ?? (fault.kind === 'silent' ? 'stream' : 'rest')
    let toSkip = target.after ?? 0
    let left = target.times ?? Number.POSITIVE_INFINITY
    let hits = 0
    const rule: Rule = {
      fault,
      get hits() {
        return hits
      },
      clear: () => rules.delete(rule),
      [Symbol.dispose]: () => rules.delete(rule),
      meets(request, kind) {
        if ((on !== 'all' && on !== kind) || !isTarget(request, target)) return false
        if (toSkip > 0) {
          toSkip--
          return false
        }
        hits++
        if (--left <= 0) rules.delete(rule)
        return true
      },
    }
    rules.add(rule)
    return rule
  }

  /** Ends all faults. */
  clear(): void {
    this.#rules.clear()
  }

  /** The faults in force. */
  get active(): readonly ActiveFault[] {
    return [...this.#rules]
  }

  /** The faults that a request meets, in the order in which they were added; it counts as one hit of each. */
  meeting(request: HttpRequest, kind: 'rest' | 'stream'): readonly Fault[] {
    if (this.#rules.size === 0) return []
    return [...this.#rules].filter((rule) => rule.meets(request, kind)).map((rule) => rule.fault)
  }
}

function isTarget(request: HttpRequest, { path, enterprise, page }: FaultTarget): boolean {
  if (enterprise !== undefined) {
    const own = `/api/admin/enterprises/${enterprise}`
    if (request.path !== own && !request.path.startsWith(`${own}/`)) return false
  }
  if (page !== undefined) {
    const limit = Number(request.query.get('limit') ?? 25)
    const start = Number(request.query.get('startwith') ?? 0)
    if (limit === 0 || Math.floor(start / limit) + 1 !== page) return false
  }
  if (path === undefined) return true
  if (typeof path === 'function') return path(request)
  return (typeof path === 'string' ? new RegExp(path) : path).test(request.target)
}
