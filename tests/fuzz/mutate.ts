import { mutateJson } from './mutate-json.ts'
import { mutateXml } from './mutate-xml.ts'
import { pick, type Random } from './pick.ts'

/** What mutations take their pieces from. */
export interface Pieces {
  readonly words: readonly string[]
  /** Other inputs, to be spliced in. */
  readonly others: readonly Uint8Array[]
}

/** Inputs do not grow beyond this, in bytes: a mutation of a mutation doubles them. */
const longest = 100_000

/** An input with some changes: of its bytes, of its JSON, of its XML. */
export function mutate(input: Uint8Array, pieces: Pieces, random: Random): Uint8Array {
  let changed = input
  for (let times = 1 + Math.floor(random() ** 3 * 8); times > 0; times--) {
    changed = mutateOnce(changed, pieces, random).subarray(0, longest)
  }
  return changed
}

function mutateOnce(input: Uint8Array, pieces: Pieces, random: Random): Uint8Array {
  const choice = random()
  if (choice < 0.5) {
    const text = Buffer.from(input).toString('utf8')
    const changed = /[<]\w/.test(text) && random() < 0.5 ? mutateXml(text, random) : mutateJson(text, random)
    if (changed !== null) return Buffer.from(changed)
  }
  return pick(byteMutations, random)(input, pieces, random)
}

type ByteMutation = (input: Uint8Array, pieces: Pieces, random: Random) => Uint8Array

const oddBytes: readonly (readonly number[])[] = [
  [0],
  [0xff],
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xc3],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f],
  [0xe2, 0x80, 0xa8],
  [0x0d],
  [0x0a],
  [0x0d, 0x0a],
  [0x1b],
  [0x0b],
]

const byteMutations: readonly ByteMutation[] = [
  // One bit.
  (input, _, random) => {
    const changed = Uint8Array.from(input)
    const at = place(input, random)
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return changed
  },
  // One byte.
  (input, _, random) => replaced(input, place(input, random), 1, Uint8Array.of(Math.floor(random() * 256))),
  (input, _, random) => replaced(input, place(input, random), 0, Uint8Array.from(pick(oddBytes, random))),
  // A run that is dropped, doubled, or repeated many times.
  (input, _, random) => replaced(input, place(input, random), run(input, random), new Uint8Array()),
  (input, _, random) => {
    const [at, length] = [place(input, random), run(input, random)]
    return replaced(input, at, 0, input.subarray(at, at + length))
  },
  (input, _, random) => {
    const [at, length] = [place(input, random), Math.min(20, run(input, random))]
    const times = 2 ** Math.floor(random() * 12)
    return replaced(
      input,
      at,
      0,
      Buffer.from(
        Buffer.from(input.subarray(at, at + length))
          .toString('latin1')
          .repeat(times),
        'latin1',
      ),
    )
  },
  // A word, in place of as many bytes or between them.
  (input, { words }, random) => {
    const word = Buffer.from(words.length === 0 ? '' : pick(words, random))
    return replaced(input, place(input, random), random() < 0.5 ? word.length : 0, word)
  },
  // A piece of another input.
  (input, { others }, random) => {
    const other = pick([input, ...others], random)
    const at = place(other, random)
    return replaced(input, place(input, random), run(input, random), other.subarray(at, at + run(other, random)))
  },
  // One line that moves, comes twice, or goes.
  (input, _, random) => {
    const lines = Buffer.from(input).toString('latin1').split('\n')
    const from = Math.floor(random() * lines.length)
    const moved = random() < 0.5 ? lines.splice(from, 1) : lines.slice(from, from + 1)
    if (random() < 0.7) lines.splice(Math.floor(random() * (lines.length + 1)), 0, ...moved)
    return Buffer.from(lines.join('\n'), 'latin1')
  },
  // The end, cut off.
  (input, _, random) => input.subarray(0, place(input, random)),
]

function place(input: Uint8Array, random: Random): number {
  return Math.floor(random() * (input.length + 1))
}

/** Mostly short. */
function run(input: Uint8Array, random: Random): number {
  return 1 + Math.floor(random() ** 4 * input.length)
}

function replaced(input: Uint8Array, at: number, length: number, by: Uint8Array): Uint8Array {
  return Buffer.concat([input.subarray(0, at), by, input.subarray(at + length)])
}
