import { readPromise } from './literal.ts'

/** An example whose promises are checked when it runs. */
export interface CheckedCode {
  readonly code: string
  /** How many promises it has. */
  readonly promises: number
  /** Lines, from 0, with a promise that nothing which can be evaluated stands before. */
  readonly stray: readonly number[]
}

/**
 * Turns each expression with a promise behind it, or as a comment on the lines below it, into a call of `__expect` with
 * its line from 0, a function that gives its value in an array, and the comment. A constant is an expression, too.
 *
 *     await __expect(1, async () => [(backoff.fail(0))], "1000")
 */
export function checkedCode(code: string): CheckedCode {
  const lines = code.split('\n')
  const made: string[] = []
  const stray: number[] = []
  let promises = 0
  for (const [index, line] of lines.entries()) {
    const promise = promiseAt(lines, index)
    const evaluated = promise && evaluate(made, promise.before, index, promise.comment)
    if (evaluated === null) {
      if (promise !== null) stray.push(index)
      made.push(line)
    } else {
      made.fill('', evaluated.first)
      made.push(evaluated.code)
      promises++
    }
  }
  return { code: made.join('\n'), promises, stray }
}

/** The promise behind a line, with what stands before it on that line. */
function promiseAt(lines: readonly string[], index: number): { before: string; comment: string } | null {
  const line = lines[index] ?? ''
  if (line.trim() === '' || isComment(line)) return null
  for (const { 0: mark, index: at } of line.matchAll(/\s\/\/\s?/g)) {
    const comment = line.slice(at + mark.length)
    if (readPromise(comment) !== null) return { before: line.slice(0, at), comment }
  }
  const rest = lines.slice(index + 1)
  const end = rest.findIndex((each) => !isComment(each))
  const comments = (end < 0 ? rest : rest.slice(0, end)).map((each) => each.trim().replace(/^\/\/\s?/, ''))
  const comment = [comments.join('\n'), comments[0] ?? ''].find((text) => readPromise(text) !== null)
  return comment === undefined ? null : { before: line, comment }
}

function isComment(line: string): boolean {
  return line.trim().startsWith('//')
}

/** The shortest run of lines up to this one that can be evaluated, as code that compares it with its promise. */
function evaluate(
  made: readonly string[],
  before: string,
  index: number,
  comment: string,
): { first: number; code: string } | null {
  for (let first = index; first >= 0; first--) {
    const text = [...made.slice(first), before].join('\n').replace(/;$/, '')
    const call = (value: string) => `await __expect(${index}, async () => [${value}], ${JSON.stringify(comment)})`
    if (isCode(`async () => void (\n${text}\n)`)) return { first, code: call(`(\n${text}\n)`) }
    const name = /^\s*(?:const|let)\s+([\w$]+)[^=]*=/.exec(text)?.[1]
    if (name !== undefined && isCode(`async () => {\n${text}\n}`)) return { first, code: `${text}\n${call(name)}` }
  }
  return null
}

const transpiler = new Bun.Transpiler({ loader: 'ts' })

function isCode(text: string): boolean {
  try {
    transpiler.transformSync(text)
    return true
  } catch {
    return false
  }
}
