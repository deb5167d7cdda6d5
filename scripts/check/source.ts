/** An import or re-export, as a file's text has it. */
export interface Import {
  /** What stands between the quotes. */
  readonly specifier: string
  /** Line of it, from 1. */
  readonly line: number
}

/**
 * A file's lines with comments blanked, so that words in them are not taken for code. It knows comments that begin a
 * line and those behind code after ` // `, which is all that the formatter leaves.
 */
export function codeLines(text: string): string[] {
  let inside = false
  return text.split('\n').map((line) => {
    const trimmed = line.trimStart()
    const begins = inside || trimmed.startsWith('/*')
    if (begins) {
      inside = !trimmed.includes('*/')
      return ''
    }
    if (trimmed.startsWith('//')) return ''
    return line.replace(/\s\/\/\s.*$/, '')
  })
}

/** What a file imports and re-exports, types too, in the order of the text. */
export function importsOf(text: string): Import[] {
  const code = codeLines(text).join('\n')
  const forms = [
    /^\s*(?:import|export)\b[^'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  ]
  return forms
    .flatMap((form) => [...code.matchAll(form)])
    .map((match) => ({ specifier: match[1] ?? '', at: match.index + match[0].length }))
    .sort((one, other) => one.at - other.at)
    .map(({ specifier, at }) => ({ specifier, line: code.slice(0, at).split('\n').length }))
}
