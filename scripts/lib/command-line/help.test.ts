import { expect, test } from 'bun:test'
import { flagsOf, variablesOf } from '../settings/option-spec.ts'
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
    const own = optionsOf(name)
    const flags = new Set(own.flatMap(flagsOf))
    for (const option of options) {
      if (option.flag !== undefined && !flags.has(option.flag)) expect(text).not.toContain(` ${option.flag} `)
    }
    for (const option of own) {
      if (option.flag !== undefined) expect(text).toContain(` ${option.flag}`)
      if (option.short !== undefined) expect(text).toContain(` ${option.short}, ${option.flag}`)
      if (option.variable !== undefined) expect(text).toContain(` ${option.variable}\n`)
      if (option.argument !== undefined && option.default !== undefined) expect(text).toContain(`[${option.default}]`)
    }
  },
)

test.each([
  ['run', '0125'],
  ['regen', '0123456'],
  ['events', '01234'],
  ['authorize', '01234'],
] as const)('the help of %s lists the exit codes that it has', (name, codes) => {
  const [, list = ''] = commandHelp(name, `novnc-tokens ${name}`).split('Exit codes\n')
  expect(
    list
      .match(/^ {2}\d/gm)
      ?.join('')
      .replaceAll(' ', ''),
  ).toBe(codes)
})

test('the help of events offers no way to watch that it refuses, and says which flag logs in', () => {
  const text = commandHelp('events', 'novnc-tokens events')
  const line = (flag: string) => text.split('\n').find((each) => each.includes(flag)) ?? ''
  expect(line('--watch ')).not.toContain('none')
  expect(line('-u, --username')).toContain('who logs in')
  expect(line('--user LIST')).toContain('-u logs in')
  expect(commandHelp('run', 'novnc-tokens run')).toContain('auto, stream, poll, none')
})

test('of credentials that have no flag it tells that files may hold them', () => {
  expect(commandHelp('run', 'novnc-tokens run')).toContain(' these also in files, as ABIQUO_API_APP_KEY_FILE\n')
})

test('every example of the help parses', () => {
  for (const example of commands.flatMap((command) => command.examples)) {
    // What follows is the shell's.
    const [line = ''] = example.split(' > ')
    expect(parseCommandLine(line.split(' '))).toMatchObject({ kind: 'run' })
  }
})

test('no two settings share a variable or a key, and none of one command a flag', () => {
  const names = options.flatMap((option) => [option.key, ...variablesOf(option)])
  for (const all of [names, ...commands.map(({ name }) => optionsOf(name).flatMap(flagsOf))]) {
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([])
  }
})
