import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { casesOf } from './corpus.ts'
import { hunt } from './hunt.ts'
import { allTargets } from './testing/bad-targets.ts'

const targets = join(import.meta.dir, 'testing/bad-targets.ts')

test.each([
  ['wrong', 'Wrong: It is wrong'],
  ['endless', 'It took over 1000 ms'],
  ['never', 'It took over 1000 ms'],
  ['ended', 'The process ended by 7'],
  ['unheard', 'Error: Nobody waits for this'],
  ['polluting', 'Wrong: a prototype of the language was changed'],
])(
  'what is %s is caught, with an input that does it',
  async (name, what) => {
    const target = allTargets.find((each) => each.name === name)
    if (target === undefined) throw new Error('no target')
    const { prey } = await hunt(target, { seed: 3, forMs: 15_000, targets })
    const number = Number(/^seed-3-case-(\d+)\.txt$/.exec(prey?.name ?? '')?.[1])
    expect(prey?.what).toStartWith(what)
    expect(prey?.input.length).toBeGreaterThan(0)
    expect(prey?.input).toEqual(casesOf(target, 3)(number))
  },
  30_000,
)

test('where nothing is wrong nothing is found', async () => {
  const target = allTargets.find(({ name }) => name === 'good')
  if (target === undefined) throw new Error('no target')
  const { cases, prey } = await hunt(target, { seed: 3, forMs: 100, targets })
  expect([cases > 0, prey]).toEqual([true, null])
}, 30_000)
