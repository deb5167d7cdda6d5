import { describe, expect, test } from 'bun:test'
import { PageSizes } from './page-sizes.ts'
import { PageWalk } from './page-walk.ts'

/** Walks over a server of `total` elements that gives at most `cap` a page and says nothing of pages; the requests. */
function requests(total: number, cap: number, sizes: PageSizes): { asked: number; seen: number } {
  const walk = new PageWalk('/x', () => null, sizes)
  let asked = 0
  let step = walk.start()
  while ('read' in step && asked < 100) {
    asked++
    const start = Number(new URLSearchParams(step.read.split('?')[1]).get('startwith') ?? 0)
    const ids = Array.from({ length: Math.min(cap, Math.max(0, total - start)) }, (_, at) => String(start + at))
    step = walk.take({ ids, length: ids.length, totalSize: null, next: null, linked: false })
  }
  return { asked, seen: walk.size }
}

describe('a server that insists on shorter pages is read to its end', () => {
  test.each([25, 50, 100, 128, 200])('of %d', (cap) => {
    expect(requests(1030, cap, new PageSizes()).seen).toBe(1030)
  })
})

test('a page of a usual length is doubted until some lists have ended with it', () => {
  const sizes = new PageSizes()
  const asked = Array.from({ length: 5 }, () => requests(100, 250, sizes).asked)
  expect(asked).toEqual([2, 2, 2, 1, 1])
})

test("one of the platform's own length is always doubted, until a longer one came", () => {
  const sizes = new PageSizes()
  expect(Array.from({ length: 5 }, () => requests(25, 250, sizes).asked)).toEqual([2, 2, 2, 2, 2])
  requests(26, 250, sizes)
  expect(requests(25, 250, sizes).asked).toBe(1)
})

test('a length that a server once went on after is doubted for ever, however many lists end with it', () => {
  const sizes = new PageSizes()
  expect(requests(160, 50, sizes).seen).toBe(160)
  for (let list = 0; list < 5; list++) requests(50, 50, sizes)
  expect(requests(160, 50, sizes).seen).toBe(160)
})

test('a page shorter than one that came before is the last one', () => {
  const sizes = new PageSizes()
  requests(300, 250, sizes)
  expect(requests(100, 250, sizes)).toEqual({ asked: 1, seen: 100 })
})

test('a page of an odd length is not doubted', () => {
  expect(requests(97, 250, new PageSizes())).toEqual({ asked: 1, seen: 97 })
})
