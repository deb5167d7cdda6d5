import type { DialectName } from './options.ts'

/** How a kind of server writes its stream. */
export interface Dialect {
  /** What it sends as soon as a client is connected. */
  readonly opening: string
  /** What ends an event. */
  readonly eventEnd: string
  /** What it sends after a time without events; null: nothing. */
  readonly heartbeat: string | null
  /** Whether it answers 501 to a client that names another framework version than 1.0. */
  readonly refusesOtherFrameworks: boolean
}

const padding = ' '.repeat(2000)

/** The dialects byte for byte; the first one's padding is a real event with blank data, the others' glues to the first. */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  '1.0': { opening: `data:${padding}\n\n\n`, eventEnd: '\n\n', heartbeat: null, refusesOtherFrameworks: false },
  '1.1': { opening: `${padding}\n`, eventEnd: '\n\n', heartbeat: null, refusesOtherFrameworks: false },
  '2.1': {
    opening: `${padding}\n`,
    eventEnd: '\r\n\r\n',
    heartbeat: 'data: \r\n\r\n',
    refusesOtherFrameworks: false,
  },
  '2.3': {
    opening: `${padding}\n`,
    eventEnd: '\r\n\r\n',
    heartbeat: 'data:X\r\n\r\n',
    refusesOtherFrameworks: true,
  },
}
