import { expect, test } from 'bun:test'
import { missingPackages, needs } from './packages.ts'

test('each end-to-end test file says which real parts it needs, and no other does', async () => {
  const files = await Array.fromAsync(new Bun.Glob('*.test.ts').scan({ cwd: `${import.meta.dir}/../end-to-end` }))
  expect(Object.keys(needs).sort()).toEqual(files.sort())
})

test('nothing is missing where nothing is needed', () => {
  expect(missingPackages([])).toEqual([])
})
