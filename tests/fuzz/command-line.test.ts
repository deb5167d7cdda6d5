import { expect, test } from 'bun:test'
import { readArguments, usage } from './command-line.ts'
import { allTargets } from './targets/all.ts'

test('without names all targets are fed, for some minutes, by a seed that is chosen then', () => {
  const request = { help: false, minutes: 5, seed: null, replay: null, targets: allTargets }
  expect(readArguments([], allTargets)).toEqual(request)
  const stream = allTargets.filter(({ name }) => name === 'stream')
  expect(readArguments(['stream', '--minutes', '0.5', '--seed', '7'], allTargets)).toEqual({
    ...request,
    minutes: 0.5,
    seed: 7,
    targets: stream,
  })
  expect(readArguments(['stream', '--replay', 'x'], allTargets)).toEqual({ ...request, replay: 'x', targets: stream })
})

test.each([
  [['streem']],
  [['--minutes', '0']],
  [['--minutes', 'ten']],
  [['--seed', 'x']],
  [['--seed', '1.5']],
  [['--replay', 'x']],
  [['list', 'stream', '--replay', 'x']],
])('%j is refused', (args) => {
  expect(() => readArguments(args, allTargets)).toThrow(RangeError)
})

test('an unknown flag is refused', () => {
  expect(() => readArguments(['--hours', '1'], allTargets)).toThrow(TypeError)
})

test('the help names every target', () => {
  for (const { name } of allTargets) expect(usage(allTargets)).toContain(`  ${name} `)
})
