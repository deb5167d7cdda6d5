import { expect, test } from 'bun:test'
import { LineCutter } from './line-cutter.ts'

/** The lines of an output that comes in these pieces, and how many were not told. */
function cut(...pieces: (string | Uint8Array)[]): [lines: string[], untold: number] {
  const lines: string[] = []
  const cutter = new LineCutter((line) => lines.push(line))
  for (const piece of pieces) cutter.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
  cutter.end()
  cutter.end()
  return [lines, cutter.untold]
}

const long = 'x'.repeat(1000)
const euro = new TextEncoder().encode('€')

test.each<[string, (string | Uint8Array)[], string[]]>([
  ['nothing', [], []],
  ['lines', ['a\nb\n'], ['a', 'b']],
  ['a line without its end', ['a\nb'], ['a', 'b']],
  ['a line in pieces', ['a', 'b', 'c\nd'], ['abc', 'd']],
  ['line ends of Windows', ['a\r\nb\r\n'], ['a', 'b']],
  ['blank lines', ['\n\n  \na\n\n'], ['a']],
  ['leading blanks', ['  a\n'], ['  a']],
  ['a character in pieces', [euro.slice(0, 1), euro.slice(1), '\n'], ['€']],
  ['half a character', [euro.slice(0, 2)], ['\ufffd']],
  ['bytes that are no text', [new Uint8Array([0xff, 0x0a, 0x41])], ['\ufffd', 'A']],
  ['a long line', [`${long}\nb\n`], [long, 'b']],
  ['a longer line', [`${long}yyy\nb\n`], [`${long}... (3 characters more)`, 'b']],
  ['a line that never ends', [long, long, long], [`${long}... (2000 characters more)`]],
])('%s', (_, pieces, lines) => {
  expect(cut(...pieces)).toEqual([lines, 0])
})

test('of many lines a hundred are told, and the others counted', () => {
  const [lines, untold] = cut('a\n'.repeat(60), 'b\n'.repeat(60))
  expect([lines.length, lines.at(-1), untold]).toEqual([100, 'b', 20])
})
