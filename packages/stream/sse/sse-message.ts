/** One event of a stream (WHATWG HTML, 9.2.6). */
export interface SseMessage {
  /** Its type: `message` unless the server says otherwise. */
  readonly type: string
  /** Its lines of data, joined by LF. */
  readonly data: string
  /** The last event id so far, which is not always an id of this event; empty if there was none. */
  readonly id: string
}
