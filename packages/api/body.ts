/** Thrown when a body is longer than its limit. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/**
 * Reads a whole body as UTF-8 text of at most `maxBytes`, calling `onChunk` for each piece that arrives, so that a
 * watchdog can tell a slow body from a dead one.
 */
export async function readBody(response: Response, maxBytes: number, onChunk: () => void): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (response.body === null) return ''
  for await (const chunk of response.body) {
    onChunk()
    bytes += chunk.byteLength
    // Leaving the loop cancels the body, which closes the connection.
    if (bytes > maxBytes) throw new BodyTooLarge(`The body is over ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder().decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes))
}
