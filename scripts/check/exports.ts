import { dirname, join, normalize } from 'node:path'

/** What a source hands on from another one; the list is missing where that is all of it. */
export const reexport = /^export (?:type )?(?:\*|\{([^}]*)\}) from '(\.[^']+)'/gm
/** What a source declares and exports. */
export const declaration =
  /^export (?:declare |abstract |async )*(?:function\*?|class|interface|type|const|let|enum) (\w+)/gm

/** Names that a source exports, types too, by way of other files too. */
export async function exportedNames(root: string, path: string): Promise<ReadonlySet<string>> {
  const file = Bun.file(join(root, path))
  const text = (await file.exists()) ? await file.text() : ''
  const names = new Set([...text.matchAll(declaration)].map((match) => match[1] ?? ''))
  for (const [, list, target = ''] of text.matchAll(reexport)) {
    const there = normalize(join(dirname(path), target))
    for (const name of list === undefined ? await exportedNames(root, there) : boundNames(list)) names.add(name)
  }
  return names
}

/** The names that a list of exports, or of what is taken of an object, gives: `a, type b, c as d, e: f, g = 1, ...h`. */
export function boundNames(list: string): string[] {
  return list.split(',').flatMap((item) => /([\w$]+)\s*(?:=.*)?$/s.exec(item.trim())?.[1] ?? [])
}
