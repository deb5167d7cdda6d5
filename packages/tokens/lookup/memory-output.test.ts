import { expect, test } from 'bun:test'
import type { Address } from '../token/address.ts'
import { SortedLines } from '../token/lines.ts'
import { tokenOf } from '../token/token.ts'
import { MemoryOutput } from './memory-output.ts'

const a: Address = { host: '10.0.0.1', port: 5900 }
const b: Address = { host: '2001:db8::1', port: 65_535 }
const c: Address = { host: 'host-3.example.com', port: 1 }

/** Lines with these addresses under tokens that are given. */
function linesOf(...some: (readonly [token: string, address: Address])[]): SortedLines {
  const lines = new SortedLines()
  for (const [token, address] of some) lines.set(token, address)
  return lines
}

const [tokenA, tokenB, tokenC] = [tokenOf(a), tokenOf(b), tokenOf(c)]

test('it begins empty, and as it should be', async () => {
  const output = new MemoryOutput()
  const { lines, ...loaded } = await output.load()
  expect([output.name, output.size, output.find(tokenA), lines.size, loaded]).toEqual([
    'lookup',
    0,
    null,
    0,
    { refused: 0, exact: true, existed: false, modifiedAt: null },
  ])
})

test('it has what was written, and tells each write', async () => {
  const sizes: number[] = []
  const output: MemoryOutput = new MemoryOutput({ name: 'own', onChange: () => sizes.push(output.size) })
  await output.write(linesOf([tokenA, a], [tokenB, b], [tokenC, c]), null)
  const first = [tokenA, tokenB, tokenC].map((token) => output.find(token))
  await output.write(linesOf([tokenA, c], [tokenB, b]), new Set([tokenA, tokenC]))
  const second = [tokenA, tokenB, tokenC].map((token) => output.find(token))
  await output.write(linesOf([tokenC, c]), null)
  const third = [tokenA, tokenB, tokenC].map((token) => output.find(token))
  expect({ name: output.name, first, second, third, sizes }).toEqual({
    name: 'own',
    first: [a, b, c],
    second: [c, b, null],
    third: [null, null, c],
    sizes: [3, 2, 1],
  })
})

test('it touches no other lines than those that changed', async () => {
  const output = new MemoryOutput()
  await output.write(linesOf([tokenA, a]), new Set([tokenA]))
  await output.write(linesOf(), new Set([tokenB]))
  expect(output.find(tokenA)).toEqual(a)
})

test('what it has it has without anything being done to it meanwhile', async () => {
  const output = new MemoryOutput()
  await output.write(linesOf([tokenA, a]), null)
  await output.check()
  await output.confirm()
  const { lines, existed } = await output.load()
  expect([await output.changed(), lines.render(), existed]).toEqual([null, linesOf([tokenA, a]).render(), true])
})
