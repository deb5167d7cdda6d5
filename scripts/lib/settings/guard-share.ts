/** The share of an output's lines above which removals are held. */
export interface GuardShare {
  /** Above 0, at most 1. */
  share: number
}

/**
 * `30%` as `{ share: 0.3 }`, `off` as null.
 * @throws RangeError for anything else, and outside of 1% to 100%
 */
export function parseGuardShare(text: string): GuardShare | null {
  if (text === 'off') return null
  const percent = Number(/^(\d{1,3})%$/.exec(text)?.[1] ?? Number.NaN)
  if (percent >= 1 && percent <= 100) return { share: percent / 100 }
  throw new RangeError(`"${text}" is neither a share from 1% to 100% nor off`)
}
