import { describe, expect, test } from 'bun:test'
import { tempFolder } from '../../tests/support/temp.ts'
import { readPromise } from './examples/literal.ts'
import { checkedCode } from './examples/promises.ts'
import { checkExamples } from './examples.ts'
import { render } from './finding.ts'

async function findings(files: Readonly<Record<string, string>>): Promise<string[]> {
  await using folder = tempFolder()
  await folder.write('packages/api/index.ts', "export { double, type Pair, Counter } from './a.ts'\n")
  for (const [path, text] of Object.entries(files)) await folder.write(path, text)
  return (await checkExamples(folder.path)).map(render)
}

/** A source with an example in the doc comment of its first function, on line 4. */
function source(example: readonly string[]): string {
  const comment = ['/**', ' * Doubles.', ' * ```ts', ...example.map((line) => ` * ${line}`), ' * ```', ' */']
  const code = [
    'export function double(value: number): number {',
    "  if (value < 0) throw new RangeError('negative')",
    '  return value * 2',
    '}',
    '/** Two. */',
    'export type Pair = readonly [number, number]',
    'export class Counter { count = 0 }',
  ]
  return [...comment, ...code].join('\n')
}

describe('examples in doc comments', () => {
  const right: string[][] = [
    ['double(2) // 4'],
    ['double(2) // 4: twice of it', 'double(2) // 4, twice of it', 'double(2) // twice of it'],
    ['const four = double(2) // 4', 'const pair: Pair = [four, double(four)]', 'pair // [4, 8]'],
    ['double(', '  2,', ')', '// 4'],
    ['[double(1)].map((value) => ({ value }))', '// [', '//   { value: 2 },', '// ]'],
    ['double(-1) // throws a RangeError'],
    ['await Promise.resolve(double(2)) // 4'],
    ["'https://a.example'.length // 17"],
    ['new Counter() // { count: 0 }'],
    ["const { status } = await connection.get('/a')", 'status // 500'],
  ]
  test.each(right.map((lines) => [lines.join(' | '), lines] as const))('%s', async (_, lines) => {
    const connection = 'export interface Connection { get(path: string): Promise<{ status: number }> }\n'
    const index = `export { double, type Pair, Counter } from './a.ts'\n/** A. */\n${connection}`
    expect(await findings({ 'packages/api/index.ts': index, 'packages/api/a.ts': source(lines) })).toEqual([])
  })

  const wrong: [string[], string][] = [
    [
      ['double(2) // 4', 'double(2) // 5'],
      '5: has an example that promises 5 and gives 4; correct the example or the code',
    ],
    [
      ['double(-1) // 5'],
      '4: has an example that promises 5 and throws RangeError: negative; correct the example or the code',
    ],
    [['double(1) // throws'], '4: has an example that promises an error and gives 2; correct the example or the code'],
    [
      ['double(1) // 2', 'double(-1)'],
      '4: has an example that fails: RangeError: negative; correct the example or the code',
    ],
    [
      ['Promise.resolve(double(2)) // 4'],
      '4: has an example that promises 4 and gives Promise { <resolved> }; correct the example or the code',
    ],
    [
      ["double('2')"],
      "4: has an example that does not compile: Argument of type 'string' is not assignable to parameter of type 'number'.; correct it",
    ],
    [['const a = 1', 'halve(a)'], "5: has an example that does not compile: Cannot find name 'halve'.; correct it"],
    [
      ['const options = {', '  value: 2, // 2', '}', 'double(options.value)'],
      '5: promises a value of nothing; put it behind an expression, or say it in words',
    ],
  ]
  test.each(wrong.map(([lines, what]) => [lines.join(' | '), lines, what] as const))('%s', async (_, lines, what) => {
    expect(await findings({ 'packages/api/a.ts': source(lines) })).toEqual([`packages/api/a.ts:${what}`])
  })

  test('an example that is no block of TypeScript is found', async () => {
    const text =
      '/**\n * Does.\n *\n * @example f()\n */\nexport const f = () => 1\n\n/**\n * ```ts\n * f() // 1\n * ```\n */\n'
    expect(await findings({ 'packages/api/f.ts': text })).toEqual([
      'packages/api/f.ts:4: has an example outside a ```ts block; put it into one, so that it is checked',
    ])
  })
})

test('on pages, programs import for themselves, and fragments see what their package exports', async () => {
  const program = ["import { double } from '@novnc-tokens/api'", 'console.log(double(2)) // 5 is said, and not checked']
  const page = ['# Page', '```js', ...program, '```', '```ts', 'double(2) // 5', '```', '```sh', 'double', '```']
  const incomplete = ['```js', 'double(2)', '```']
  const files = { 'packages/api/a.ts': source([]), 'packages/api/README.md': [...page, ...incomplete].join('\n') }
  expect(await findings(files)).toEqual([
    "packages/api/README.md:13: has an example that does not compile: Cannot find name 'double'.; correct it",
    'packages/api/README.md:7: has an example that promises 5 and gives 4; correct the example or the code',
  ])
})

test.each<[string, ReturnType<typeof readPromise>]>([
  ['1_000: after a second', { value: 1000 }],
  ["'a: b', and more", { value: 'a: b' }],
  ['undefined', { value: undefined }],
  ["{ '@rel': 'edit', list: [1, -2.5, null, true] }", { value: { '@rel': 'edit', list: [1, -2.5, null, true] } }],
  ['throws FilterError: "wran"', 'throws'],
  ['5 minutes', null],
  ['nothing, for ever', null],
  ['', null],
])('the comment "%s"', (comment, promised) => {
  expect(readPromise(comment)).toEqual(promised)
})

test('lines of an example keep their places, so that findings name the right one', () => {
  const { code, promises } = checkedCode('const a = f(\n  1,\n) // 2\n\ng(a) // 3')
  expect(code.split('\n').filter((line) => line.startsWith('await __expect'))).toEqual([
    'await __expect(2, async () => [a], "2")',
    'await __expect(4, async () => [(',
  ])
  expect(promises).toBe(2)
})
