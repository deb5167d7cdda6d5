import { expect, test } from 'bun:test'
import { allBenches } from './benches/all.ts'
import { readArguments, usage } from './command-line.ts'

test('without names all benches run, and with names those, in the order of the table', () => {
  expect(readArguments([], allBenches)).toEqual({ help: false, quick: false, json: null, benches: allBenches })
  const { benches } = readArguments(['start', 'regen-xml', '--quick', '--json', 'out.json'], allBenches)
  expect(benches.map(({ name }) => name)).toEqual(['regen-xml', 'start'])
})

test('what is unknown is refused', () => {
  expect(() => readArguments(['strat'], allBenches)).toThrow('There is no bench "strat"')
  expect(() => readArguments(['--fast'], allBenches)).toThrow(TypeError)
})

test('the help names every bench', () => {
  for (const { name } of allBenches) expect(usage(allBenches)).toContain(`  ${name} `)
})
