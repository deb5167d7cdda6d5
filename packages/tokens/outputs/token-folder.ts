import { closeSync, constants, openSync, readSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { SortedLines } from '../token/lines.ts'
import { isToken, type Token } from '../token/token.ts'
import { codeOf } from './atomic-write.ts'
import { lineOfHostPort } from './host-port.ts'
import { Slices } from './slices.ts'

/** What the files of a folder say whose names are tokens. */
export interface TokenFolder {
  readonly lines: SortedLines
  /** Tokens whose files say nothing usable. */
  readonly refused: readonly Token[]
}

/** A host name, a port and a line end are shorter. */
const contentBytes = 512

/** Reads the files of a folder whose names are tokens; others are nobody's business. */
export async function readTokenFolder(path: string): Promise<TokenFolder> {
  const found: string[] = []
  const refused: Token[] = []
  const buffer = Buffer.alloc(contentBytes)
  const slices = new Slices()
  for (const name of await readdir(path)) {
    if (!isToken(name)) continue
    if (slices.over) await slices.next()
    const content = readContent(`${path}/${name}`, buffer)
    if (content === null) continue
    const line = lineOfHostPort(name, content)
    if (line === null) refused.push(name)
    else found.push(line)
  }
  return { lines: new SortedLines(found), refused }
}

/** What a file says, without blanks around it; empty where that cannot be had, null where there is none any more. */
function readContent(path: string, buffer: Buffer): string | null {
  try {
    // A pipe of that name must not hold us up.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const length = readSync(file, buffer, 0, buffer.length, 0)
      return length === buffer.length ? '' : buffer.toString('latin1', 0, length).trim()
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? null : ''
  }
}
