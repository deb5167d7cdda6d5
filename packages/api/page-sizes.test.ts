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

test('a page of a usual length is doubted once, not in each list', () => {
  const sizes = new PageSizes()
  expect(requests(100, 250, sizes)).toEqual({ asked: 2, seen: 100 })
  expect(requests(100, 250, sizes)).toEqual({ asked: 1, seen: 100 })
})

test('a page shorter than one that came before is the last one', () => {
  const sizes = new PageSizes()
  requests(300, 250, sizes)
  expect(requests(100, 250, sizes)).toEqual({ asked: 1, seen: 100 })
})

test('a page of an odd length is not doubted', () => {
  expect(requests(97, 250, new PageSizes())).toEqual({ asked: 1, seen: 97 })
})
