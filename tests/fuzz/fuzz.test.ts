import { describe, expect, test } from 'bun:test'
import { corpusOf, runCase } from './corpus.ts'
import { hunt } from './hunt.ts'
import { allTargets } from './targets/all.ts'

/** For each target; all of them together take some 20 s. */
const forMs = 1300
const seed = Math.floor(Math.random() * 2 ** 31)

describe('each input of the corpus does what it has to', () => {
  const entries = allTargets.flatMap((target) => corpusOf(target).map((entry) => ({ target, ...entry })))
  test.each(entries.map((each) => [`${each.target.name}/${each.name}`, each] as const))('%s', async (_, each) => {
    await runCase(each.target, each.input)
  })
})

describe(`mutations with the seed ${seed} do what they have to`, () => {
  test.each(allTargets.map((target) => [target.name, target] as const))(
    '%s',
    async (name, target) => {
      expect(corpusOf(target).length).toBeGreaterThan(0)
      const { prey } = await hunt(target, { seed, forMs })
      if (prey === null) return
      const input = Buffer.from(prey.input).toString('base64')
      const file = `tests/fuzz/corpus/${name}/${prey.name}`
      throw new Error(`${prey.what}\nAgain, and for ever: base64 -d > ${file} <<< ${input}`)
    },
    60_000,
  )
})
