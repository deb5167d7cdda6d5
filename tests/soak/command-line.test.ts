import { expect, test } from 'bun:test'
import { readArguments, usage } from './command-line.ts'
import { allSoaks } from './soaks/all.ts'

test('without names all soaks run, as long as each needs', () => {
  expect(readArguments([], allSoaks)).toEqual({ help: false, minutes: null, soaks: allSoaks })
  expect(readArguments(['stall', '--minutes', '0.5'], allSoaks)).toEqual({
    help: false,
    minutes: 0.5,
    soaks: allSoaks.filter(({ name }) => name === 'stall'),
  })
})

test.each([[['stal']], [['--minutes', '0']], [['--minutes', 'ten']], [['--minutes=-1']]])('%j is refused', (args) => {
  expect(() => readArguments(args, allSoaks)).toThrow(RangeError)
})

test('an unknown flag is refused', () => {
  expect(() => readArguments(['--hours', '1'], allSoaks)).toThrow(TypeError)
})

test('the help names every soak', () => {
  for (const { name } of allSoaks) expect(usage(allSoaks)).toContain(`  ${name} `)
})
