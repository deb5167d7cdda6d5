import { expect, test } from 'bun:test'
import { programVersion } from '../process/version.ts'
import { type CommandLineOptions, parseCommandLine } from './command-line.ts'

function flagsOfLine(args: readonly string[], options?: CommandLineOptions): unknown {
  const line = parseCommandLine(args, options)
  return line.kind === 'run' ? { command: line.command, ...Object.fromEntries(line.flags) } : line
}

function messageOf(args: readonly string[]): string {
  const line = parseCommandLine(args)
  if (line.kind !== 'error') throw new Error(`"${args.join(' ')}" is taken`)
  expect(line.exitCode).toBe(2)
  return line.message
}

test('the line of the old cron script works, with its long flag too', () => {
  const expected = { command: 'regen', api: ['URL'], username: ['USER'], pass: ['PASS'], file: ['FILE'] }
  expect(flagsOfLine('regen -a URL -u USER -p PASS -f FILE'.split(' '))).toEqual(expected)
  expect(flagsOfLine('regen --api URL --user USER --pass PASS --file FILE'.split(' '))).toEqual(expected)
})

test.each<[readonly string[], Record<string, readonly string[]>]>([
  [['-p', ''], { pass: [''] }],
  [['-p', '-secret'], { pass: ['-secret'] }],
  [['-p-x'], { pass: ['-x'] }],
  [['--pass=-x'], { pass: ['-x'] }],
  [['--pass=-k'], { pass: ['-k'] }],
  [['--pass=--force'], { pass: ['--force'] }],
  [['-p=x'], { pass: ['=x'] }],
  [['-kp', 'x'], { insecure: ['true'], pass: ['x'] }],
  [['-o', 'a', '--output', 'b', '-oc'], { output: ['a', 'b', 'c'] }],
  [['-f', 'a', '-f', 'b'], { file: ['b'] }],
  [['-f', '-'], { file: ['-'] }],
  [['--dry-run', '--force'], { dryRun: ['true'], force: ['true'] }],
  [[], {}],
])('%j gives its values as they stand', (args, values) => {
  expect(flagsOfLine(['regen', ...args])).toEqual({ command: 'regen', ...values })
})

test('in events --user and --enterprise choose events', () => {
  const args = ['events', '-u', 'admin', '--user', 'a,b', '--user', 'c', '--enterprise', '1', '--no-follow']
  const expected = { username: ['admin'], userFilter: ['a,b', 'c'], enterpriseFilter: ['1'], noFollow: ['true'] }
  expect(flagsOfLine(args)).toEqual({ command: 'events', ...expected })
})

test('in run and regen --enterprise chooses whose virtual machines get tokens', () => {
  const args = ['--datacenter', '1', '--enterprise', '2', '--enterprise', '3', '--exclude-enterprise', '4,5']
  const expected = { datacenter: ['1'], enterprise: ['2', '3'], excludeEnterprise: ['4,5'] }
  for (const command of ['run', 'regen']) expect(flagsOfLine([command, ...args])).toEqual({ command, ...expected })
})

test('a task that runs alone knows its command', () => {
  expect(flagsOfLine(['-k'], { command: 'regen' })).toEqual({ command: 'regen', insecure: ['true'] })
  expect(flagsOfLine(['regen'], { command: 'regen' })).toMatchObject({ kind: 'error' })
})

test.each<[string, string]>([
  ['rgen', '"rgen" is not a command; did you mean regen?'],
  ['frobnicate', '"frobnicate" is not a command; novnc-tokens --help lists the commands'],
  [
    '-a https://h',
    'The command is missing: flags follow it, as in "novnc-tokens run" or "novnc-tokens regen" or "novnc-tokens events" or "novnc-tokens authorize"',
  ],
  ['regen --timeuot 5s', '--timeuot is not a flag of regen; did you mean --timeout?'],
  ['regen --password=hunter2', '--password is not a flag of regen; did you mean --pass?'],
  ['run --frob', '--frob is not a flag of run; novnc-tokens run --help lists them'],
  ['run -z', '-z is not a flag of run; novnc-tokens run --help lists them'],
  ['run -kz', '-z is not a flag of run; novnc-tokens run --help lists them'],
  ['regen --listen off', '--listen is a flag of run, not of regen'],
  ['regen --watch=none', '--watch is a flag of run and events, not of regen'],
  ['authorize --concurrency 1', '--concurrency is a flag of run, regen and events, not of authorize'],
  ['evnets', '"evnets" is not a command; did you mean events?'],
  ['events --serverity warn', '--serverity is not a flag of events; did you mean --severity?'],
  ['regen --lookup off', '--lookup is a flag of run, not of regen'],
  ['authorize --enterprise 7', '--enterprise is a flag of run, regen and events, not of authorize'],
  ['regen --severity warn', '--severity is a flag of events, not of regen'],
  ['events --since 1h --since 2h', '--since is given as "1h" and "2h"; keep one'],
  ['events --no-folow', '--no-folow is not a flag of events; did you mean --no-follow?'],
  ['events --no-follow=1', '--no-follow is a switch and takes no value'],
  ['run --dry-run', '--dry-run is a flag of regen, not of run'],
  ['run --insecure=no', '--insecure is a switch and takes no value'],
  ['run -a', '--api needs a value'],
  ['run -ka', '--api needs a value'],
  ['regen -p -f FILE', '--pass needs a value, but the flag -f follows; --pass=-f if it is the value'],
  [
    'regen --user --pass x',
    '--username needs a value, but the flag --pass follows; --username=--pass if it is the value',
  ],
  ['run tokens', 'run takes flags only, but "tokens" stands alone; put values with blanks in quotes'],
  ['run -- -k', 'run takes flags only, but "-k" stands alone; put values with blanks in quotes'],
])('"novnc-tokens %s" is refused: %s', (args, message) => {
  expect(messageOf(args.split(' '))).toBe(message)
})

test.each(['regen -p my hunter2', 'regen -p my -zhunter2', 'regen --pasword=hunter2'])(
  '"%s" is refused without repeating the secret',
  (args) => {
    expect(messageOf(args.split(' '))).not.toContain('hunter2')
  },
)

test.each<[readonly string[], 0 | 2, string]>([
  [[], 2, 'Usage: novnc-tokens COMMAND [FLAGS]'],
  [['--help'], 0, 'Usage: novnc-tokens COMMAND [FLAGS]'],
  [['-h'], 0, 'Usage: novnc-tokens COMMAND [FLAGS]'],
  [['help'], 0, 'Usage: novnc-tokens COMMAND [FLAGS]'],
  [['help', 'run'], 0, 'Usage: novnc-tokens run [FLAGS]'],
  [['run', '--help'], 0, 'Usage: novnc-tokens run [FLAGS]'],
  [['run', '--bogus', '-h'], 0, 'Usage: novnc-tokens run [FLAGS]'],
])('%j shows a help and exits with %i', (args, exitCode, usage) => {
  const line = parseCommandLine(args)
  expect(line).toMatchObject({ kind: 'help', exitCode, text: expect.stringContaining(usage) })
})

test.each([[['--version']], [['-V']], [['run', '--version']]])('%j asks for the version', (args) => {
  expect(parseCommandLine(args)).toEqual({ kind: 'version', text: `${programVersion}\n` })
})
