import { expect, test } from 'bun:test'
import { SortedLines } from '../token/lines.ts'
import { Carried } from './carried.ts'

const [a, b, c] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const

test('IPv6 is left out, counted, and forgotten with its line', () => {
  const carried = new Carried()
  const lines = new SortedLines([`${a}: 10.0.0.1:5900`, `${b}: 2001:db8::1:5900`])
  const all = [...carried.contents(lines, null)]
  const counts = [carried.left]
  const some = [...carried.contents(lines, new Set([b, c]))]
  counts.push(carried.left)
  lines.put(b, `${b}: host:1`)
  const mended = [...carried.contents(lines, new Set([b]))]
  counts.push(carried.left)
  lines.put(c, `${c}: ::1:5900`)
  carried.contents(lines, new Set([c]))
  lines.delete(c)
  carried.contents(lines, null)
  counts.push(carried.left)
  expect({ all, some, mended, counts }).toEqual({
    all: [
      [a, '10.0.0.1:5900'],
      [b, null],
    ],
    some: [
      [b, null],
      [c, null],
    ],
    mended: [[b, 'host:1']],
    counts: [1, 1, 0, 0],
  })
})
