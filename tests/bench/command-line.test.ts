import { expect, test } from 'bun:test'
import { allBenches } from './benches/all.ts'
import { readArguments, usage } from './command-line.ts'

test('without names all benches run, and with names those, in the order of the table', () => {
  expect(readArguments([], allBenches)).toEqual({ help: false, quick: false, json: null, benches: allBenches })
  const { benches } = readArguments(['start', 'regen-xml', '--quick', '--json', 'out.json'], allBenches)
  expect(benches.map(({ name }) => name)).toEqual(['regen-xml', 'start'])
})

test('the beginning of names, up to a dash, stands for all of them', () => {
  const { benches } = readArguments(['outputs', 'start'], allBenches)
  const outputs = allBenches.filter(({ name }) => name.startsWith('outputs-'))
  expect([outputs.length > 1, benches.length, new Set(benches).isSupersetOf(new Set(outputs))]).toEqual([
    true,
    outputs.length + 1,
    true,
  ])
  expect(() => readArguments(['output'], allBenches)).toThrow('There is no bench "output"')
})

test('what is unknown is refused', () => {
  expect(() => readArguments(['strat'], allBenches)).toThrow('There is no bench "strat"')
  expect(() => readArguments(['--fast'], allBenches)).toThrow(TypeError)
})

test('the help names every bench', () => {
  for (const { name } of allBenches) expect(usage(allBenches)).toContain(`  ${name} `)
})
