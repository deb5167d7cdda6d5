import type { Told } from './wire-cases.ts'

/**
 * A second parser of event streams, for comparison: the algorithm of the standard (WHATWG HTML, 9.2.5 and 9.2.6) word by
 * word and character by character, of a whole stream at once.
 */
export function referenceParse(wire: Uint8Array, lastEventId = ''): Told {
  const messages: { type: string; data: string; id: string }[] = []
  const comments: string[] = []
  const retryTimes: number[] = []
  let id = lastEventId
  let idBuffer = lastEventId
  let typeBuffer = ''
  let dataBuffer = ''
  for (const line of linesOf(new TextDecoder().decode(wire))) {
    const colon = line.indexOf(':')
    if (line === '') {
      id = idBuffer
      if (dataBuffer !== '') {
        messages.push({ type: typeBuffer || 'message', data: dataBuffer.slice(0, -1), id })
      }
      dataBuffer = ''
      typeBuffer = ''
      continue
    }
    const name = colon < 0 ? line : line.slice(0, colon)
    const rest = colon < 0 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    if (name === '') comments.push(value)
    if (name === 'event') typeBuffer = value
    if (name === 'data') dataBuffer += `${value}\n`
    if (name === 'id' && !value.includes('\0')) idBuffer = value
    if (name === 'retry' && value !== '' && [...value].every((digit) => '0123456789'.includes(digit))) {
      retryTimes.push(Number(value))
    }
  }
  return { messages, comments, retryTimes, lastEventId: id }
}

/** The lines of a text that have an end. */
function linesOf(text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\n' && text[at - 1] === '\r') continue
    if (character === '\n' || character === '\r') {
      lines.push(line)
      line = ''
    } else {
      line += character
    }
  }
  return lines
}
