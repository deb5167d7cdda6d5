import { join } from 'node:path'
import { exportedNames } from '../exports.ts'
import type { Block } from './blocks.ts'
import { freeNames } from './names.ts'

/** Packages from the bottom up: each sees those before it. */
const order = ['api', 'stream', 'tokens']

/** What an example may use without making it: it then needs a platform, and is not run. */
const placeholders: Readonly<Record<string, string>> = {
  connection: "import('@novnc-tokens/api').Connection",
  inventory: "import('@novnc-tokens/api').Inventory",
  event: "import('@novnc-tokens/api').PlatformEvent",
  events: "readonly import('@novnc-tokens/api').PlatformEvent[]",
  watching: "import('@novnc-tokens/stream').EventWatch",
  signal: 'AbortSignal',
}

/** What has to stand before an example. */
export interface Surroundings {
  /** One line of imports and declarations. */
  readonly line: string
  /** Whether it uses what is declared only. */
  readonly declaredOnly: boolean
}

/**
 * Finds what an example takes for granted: what its own file exports, and what its package and those below export. A
 * program in JavaScript on a page imports for itself.
 */
export async function surroundingsOf(root: string, block: Block): Promise<Surroundings> {
  if (block.language === 'js') return { line: 'export {};', declaredOnly: false }
  const wanted = new Set(freeNames(block.code))
  const own = order.indexOf(block.file.split('/')[1] ?? '')
  const indexes = order
    .slice(0, own + 1)
    .reverse()
    .map((name) => `packages/${name}/index.ts`)
  const parts = ['export {};']
  for (const path of block.file.endsWith('.ts') ? [block.file, ...indexes] : indexes) {
    const found = [...(await exportedNames(root, path))].filter((name) => wanted.delete(name))
    if (found.length > 0) parts.push(`import { ${found.join(', ')} } from ${JSON.stringify(join(root, path))};`)
  }
  const declared = Object.entries(placeholders).filter(([name]) => wanted.has(name))
  parts.push(...declared.map(([name, type]) => `declare const ${name}: ${type};`))
  return { line: parts.join(' '), declaredOnly: declared.length > 0 }
}
