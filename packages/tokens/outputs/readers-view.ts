import { open } from 'node:fs/promises'
import { parseLine } from '../token/lines.ts'
import type { Token } from '../token/token.ts'

/** A chunk of so many characters is read in one go; a longer one in several. */
const pieceBytes = 2 ** 20

/**
 * Whether websockify, of every version, finds just this token in a line. Versions 0.8 and 0.9 refuse everybody where one
 * line of the file is malformed, and all versions where one byte is no UTF-8.
 */
export function isReadable(token: Token, line: string): boolean {
  return parseLine(line)?.token === token
}

/** Whether a file says, byte for byte, what some chunks of ASCII make: as its readers have it, not as we meant it. */
export async function says(path: string, chunks: readonly string[]): Promise<boolean> {
  await using file = await open(path, 'r')
  const buffer = Buffer.allocUnsafe(pieceBytes)
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const wanted = chunk.slice(at, at + buffer.length)
      const { bytesRead } = await file.read(buffer, 0, wanted.length, null)
      // Each byte is one character here, so that none outside ASCII looks like another.
      if (bytesRead === 0 || !wanted.startsWith(buffer.toString('latin1', 0, bytesRead))) return false
      at += bytesRead
    }
  }
  return (await file.read(buffer, 0, 1, null)).bytesRead === 0
}
