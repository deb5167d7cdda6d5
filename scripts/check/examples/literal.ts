/** What a comment says of the expression before it. */
export type Promised = { readonly value: unknown } | 'throws'

/**
 * Reads a comment that promises what an expression gives: a literal (a number, a string, true, false, null, undefined,
 * an array or an object of those), alone or with a remark behind a colon or a comma; or the word `throws`, with a
 * remark or without. Null for any other comment, which is for readers only.
 */
export function readPromise(comment: string): Promised | null {
  const text = comment.trim()
  if (/^throws\b/i.test(text)) return 'throws'
  const ends = [...text.matchAll(/[:,]\s/g)].map((match) => match.index)
  for (const end of [text.length, ...ends]) {
    const literal = readLiteral(text.slice(0, end).trim())
    if (literal !== null) return literal
  }
  return null
}

function readLiteral(text: string): { readonly value: unknown } | null {
  if (text === 'undefined') return { value: undefined }
  const plain = /^-?[\d_.]+$/.test(text) ? text.replaceAll('_', '') : text
  try {
    return { value: Bun.JSON5.parse(plain) }
  } catch {
    return null
  }
}
