import type { SavedMark } from './ledger.ts'

/** How far a watch has come: plain data, to be kept as JSON and given to a later watch. */
export interface Cursor {
  /** Up to which moment of the platform's clock all was told, in milliseconds since 1970. */
  readonly time: number
  /** Since when events are told at all, in milliseconds since 1970. */
  readonly begun: number
  /** What was told in the minute before, and since. */
  readonly told: readonly SavedMark[]
}

/** Whether a value, as from a file, is what a watch has saved. */
export function isCursor(value: unknown): value is Cursor {
  if (typeof value !== 'object' || value === null) return false
  const { time, begun, told } = value as Partial<Record<keyof Cursor, unknown>>
  return Number.isFinite(time) && Number.isFinite(begun) && Array.isArray(told) && told.every(isMark)
}

function isMark(value: unknown): boolean {
  return Array.isArray(value) && value.length === 3 && value.every((part) => Number.isSafeInteger(part))
}
