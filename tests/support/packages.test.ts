import { expect, test } from 'bun:test'
import { missingPackages, needs } from './packages.ts'

test('each end-to-end test file says which real parts it needs, and what is said is of a file that there is', async () => {
  const files = async (folder: string) =>
    await Array.fromAsync(new Bun.Glob('*.test.ts').scan({ cwd: `${import.meta.dir}/../${folder}` }))
  const [endToEnd, reliability] = [await files('end-to-end'), await files('reliability')]
  expect(Object.keys(needs)).toEqual(expect.arrayContaining(endToEnd))
  expect([...endToEnd, ...reliability]).toEqual(expect.arrayContaining(Object.keys(needs)))
  expect(endToEnd.filter((name) => reliability.includes(name))).toEqual([])
})

test('nothing is missing where nothing is needed', () => {
  expect(missingPackages([])).toEqual([])
})
