/** Which bytes: those of the client on their way to the server, or those of the server on their way to the client. */
export type Way = 'to-server' | 'to-client'

/** A fault of one way; without `way` it is one of both. */
interface OfAWay {
  readonly way?: Way
}

/** What goes wrong on the way between a client and its server. */
export type NetworkFault =
  /** All arrives late by `ms`, and by up to `jitterMs` more; in order nevertheless. */
  | (OfAWay & { readonly kind: 'latency'; readonly ms: number; readonly jitterMs?: number })
  /** No more than so many bytes a second on each connection. */
  | (OfAWay & { readonly kind: 'bandwidth'; readonly bytesPerSecond: number })
  /** No piece is larger than so many bytes, one unless given. */
  | (OfAWay & { readonly kind: 'slice'; readonly bytes?: number })
  /** The end of a connection arrives late by `ms`. */
  | (OfAWay & { readonly kind: 'slow-close'; readonly ms: number })
  /** Connections are accepted, and nothing passes while it lasts; what was held up goes on behind it. */
  | (OfAWay & { readonly kind: 'black-hole' })
  /**
   * On connections that are open now nothing passes ever again, as on those that a firewall has forgotten; new ones
   * are well.
   */
  | (OfAWay & { readonly kind: 'half-open' })
  /** Each connection ends after so many more bytes, in good order unless `how` is `reset`. */
  | (OfAWay & {
      readonly kind: 'cut'
      readonly afterBytes: number
      readonly how?: 'end' | 'reset'
      /** Connections that it cuts. @default all */
      readonly times?: number
    })
  /** Open connections are reset, and new ones as soon as they are accepted. */
  | { readonly kind: 'reset' }
  /** Open connections end, and nobody listens. */
  | { readonly kind: 'down' }

/** A fault in force, until it is disposed. */
export interface ActiveNetworkFault extends Disposable {
  readonly fault: NetworkFault
}

/** What the faults in force amount to for one way of one connection. */
export interface Terms {
  readonly latencyMs: number
  readonly jitterMs: number
  readonly bytesPerSecond: number
  readonly pieceBytes: number
  readonly closeMs: number
  readonly silent: boolean
}

/** The terms of one way under some faults. */
export function termsOf(faults: Iterable<NetworkFault>, way: Way): Terms {
  const terms = {
    latencyMs: 0,
    jitterMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    pieceBytes: Number.POSITIVE_INFINITY,
    closeMs: 0,
    silent: false,
  }
  for (const fault of faults) {
    if ('way' in fault && fault.way !== undefined && fault.way !== way) continue
    if (fault.kind === 'latency') {
      terms.latencyMs += fault.ms
      terms.jitterMs += fault.jitterMs ?? 0
    } else if (fault.kind === 'bandwidth') terms.bytesPerSecond = Math.min(terms.bytesPerSecond, fault.bytesPerSecond)
    else if (fault.kind === 'slice') terms.pieceBytes = Math.min(terms.pieceBytes, fault.bytes ?? 1)
    else if (fault.kind === 'slow-close') terms.closeMs += fault.ms
    else if (fault.kind === 'black-hole') terms.silent = true
  }
  return terms
}
