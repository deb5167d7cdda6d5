import { boundNames } from '../exports.ts'

const declarations = [
  /\b(?:const|let|var|using|function\*?|class|import(?: type)?)\s+(?:\{([^}]*)\}|\[([^\]]*)\]|([\w$]+))/g,
  /\(([^()]*)\)\s*=>/g,
  /([\w$]+)\s*=>/g,
]

/** Names that code uses and does not declare. It reads the code of examples, without a parser. */
export function freeNames(code: string): ReadonlySet<string> {
  const bare = code.replace(/^\s*\/\/.*$|\s\/\/\s.*$/gm, '').replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
  const used = new Set([...bare.matchAll(/(?<![\w$.#])[A-Za-z_$][\w$]*(?!\w|:)/g)].map(([name]) => name))
  for (const [, ...lists] of declarations.flatMap((form) => [...bare.matchAll(form)])) {
    for (const name of lists.flatMap((list = '') => boundNames(list))) used.delete(name)
  }
  return used
}
