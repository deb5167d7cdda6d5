import { type Entity, type Format, type Kind, write } from './representations.ts'

/** What a route finds. */
export type Found = FoundEntity | FoundText | FoundList | FoundError

/** One entity. */
export interface FoundEntity {
  readonly is: 'entity'
  readonly kind: Kind
  readonly entity: Entity
  /** @default 200 */
  readonly status?: number
}

/** One entity that is written elsewhere. */
export interface FoundText {
  readonly is: 'entity'
  readonly kind: Kind
  readonly text: (format: Format) => string
}

/** A list, of which only one page will be written. */
export interface FoundList {
  readonly is: 'list'
  readonly kind: Kind
  readonly total: number
  /** Whether it carries no links and no totalSize. */
  readonly bare: boolean
  readonly slice: (format: Format, start: number, count: number) => readonly Uint8Array[]
}

/** An error. */
export interface FoundError {
  readonly is: 'error'
  readonly status: number
  readonly code: string
  readonly message: string
}

/** Rows of which pages are taken; an array is some. */
export interface Rows<Row> {
  readonly length: number
  slice(start: number, end: number): Row[]
}

/** A list of rows that are written when their page is asked for. */
export function listOf<Row>(kind: Kind, rows: Rows<Row>, entityOf: (row: Row) => Entity): FoundList {
  return {
    is: 'list',
    kind,
    total: rows.length,
    bare: false,
    slice: (format, start, count) => {
      const texts = rows.slice(start, start + count).map((row) => write(entityOf(row), kind, format))
      return [Buffer.from(texts.join(format === 'json' ? ',' : ''))]
    },
  }
}

/** What does not exist, in the platform's own words. */
export function notFound(code: string, what: string): FoundError {
  return { is: 'error', status: 404, code, message: `The requested ${what} does not exist` }
}

/** What the user has no privilege for. */
export const forbidden: FoundError = {
  is: 'error',
  status: 403,
  code: 'GEN-4',
  message: 'You do not have enough privileges to access this resource',
}
