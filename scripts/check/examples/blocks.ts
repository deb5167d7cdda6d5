import type { SourceFile } from '../files.ts'

/** A fenced block of code in a page or in a doc comment. */
export interface Block {
  /** Path of the file that it is in, from the top of the checkout. */
  readonly file: string
  /** Line of its first line of code, from 1. */
  readonly line: number
  readonly language: 'ts' | 'js'
  readonly code: string
}

const fence = /^(\s*)```(\w*)/
const languages: Readonly<Record<string, Block['language']>> = { ts: 'ts', js: 'js' }

/** The blocks of TypeScript and JavaScript in a page, or in the doc comments of a source. */
export function blocksOf({ path, text }: SourceFile): Block[] {
  const lines = path.endsWith('.md') ? text.split('\n') : docLines(text)
  const blocks: Block[] = []
  for (let index = 0; index < lines.length; index++) {
    const [opening, indent = '', word = ''] = fence.exec(lines[index] ?? '') ?? []
    if (opening === undefined) continue
    const first = index + 1
    const code: string[] = []
    for (index++; index < lines.length && !fence.test(lines[index] ?? ''); index++) {
      code.push((lines[index] ?? '').replace(indent, ''))
    }
    const language = languages[word]
    if (language !== undefined) blocks.push({ file: path, line: first + 1, language, code: code.join('\n') })
  }
  return blocks
}

/** Lines, from 1, of the `@example` tags of a source that no fenced block follows. */
export function bareExamples(source: string): number[] {
  const lines = docLines(source)
  return lines.flatMap((line, index) => {
    if (!/^\s*@example\b/.test(line)) return []
    const end = lines.findIndex((later, at) => at > index && (/^\s*@\w/.test(later) || fence.test(later)))
    const next = end < 0 ? '' : (lines[end] ?? '')
    return fence.test(next) && lines.slice(index, end).every((each) => each !== outside) ? [] : [index + 1]
  })
}

/** Stands for a line that is in no doc comment. */
const outside = '\0'

/** A source's lines as its doc comments have them, without their asterisks. */
function docLines(source: string): string[] {
  let inside = false
  return source.split('\n').map((line) => {
    const begins = !inside && /^\s*\/\*\*/.test(line)
    if (!inside && !begins) return outside
    inside = !line.includes('*/')
    return line.replace(/^\s*\/?\*+ ?/, '').replace(/\s*\*\/.*$/, '')
  })
}
