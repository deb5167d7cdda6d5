import { expect, test } from 'bun:test'
import { flagsOf } from '../settings/option-spec.ts'
import { options, optionsOf } from '../settings/options.ts'
import { parseCommandLine } from './command-line.ts'
import { commands } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'

const pages: [string, string][] = [
  ['novnc-tokens', programHelp('novnc-tokens')],
  ...commands.flatMap(({ name }): [string, string][] => [
    [`novnc-tokens ${name}`, commandHelp(name, `novnc-tokens ${name}`)],
    [`bun run scripts/${name}.ts`, commandHelp(name, `bun run scripts/${name}.ts`)],
  ]),
]

test.each(pages)('the help of "%s" fits 80 columns', (_, text) => {
  expect(text.split('\n').filter((line) => line.length > 80 || line.endsWith(' '))).toEqual([])
})

test.each(commands.map(({ name }) => name))(
  'the help of %s shows each of its flags, variables and defaults',
  (name) => {
    const text = commandHelp(name, `novnc-tokens ${name}`)
    for (const option of options) {
      if (!option.commands.includes(name)) expect(text).not.toContain(` ${option.flag} `)
    }
    for (const option of optionsOf(name)) {
      expect(text).toContain(` ${option.flag}`)
      if (option.short !== undefined) expect(text).toContain(` ${option.short}, ${option.flag}`)
      if (option.variable !== undefined) expect(text).toContain(` ${option.variable}\n`)
      if (option.argument !== undefined && option.default !== undefined) expect(text).toContain(`[${option.default}]`)
    }
  },
)

test('every example of the help parses', () => {
  for (const example of commands.flatMap((command) => command.examples)) {
    expect(parseCommandLine(example.split(' '))).toMatchObject({ kind: 'run' })
  }
})

test('no two settings share a flag, a variable or a key', () => {
  const names = options.flatMap((option) => [option.key, ...flagsOf(option), option.variable ?? []].flat())
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})
