import { parseCommandLine } from '../../../scripts/lib/command-line/command-line.ts'
import { commands } from '../../../scripts/lib/command-line/commands.ts'
import { visible } from '../../../scripts/lib/log/visible.ts'
import { exitCodes } from '../../../scripts/lib/process/exit-codes.ts'
import { Failure } from '../../../scripts/lib/process/failure.ts'
import { readSettings, secretsIn } from '../../../scripts/lib/settings/settings.ts'
import { mustHide, secret } from '../oracles.ts'
import { must, type Target } from '../target.ts'

/** Flags, an env file and files with secrets, as the program reads them before it does anything. */
export const settings: Target = {
  name: 'settings',
  about: 'flags, env files and files with secrets: settings, or one line of refusal without a secret',
  words: [
    '=',
    '"',
    "'",
    '`',
    '#',
    '\\n',
    'export ',
    '--',
    ' -p ',
    '\r\n',
    '\ufeff',
    '$',
    '%',
    '://',
    '@',
    '0',
    'off',
    'redis://u:p@h',
    'dir:',
    '\u0000',
    '[::1]:1',
    ...secretNames(),
  ],
  async run(input) {
    const [first = '', ...rest] = Buffer.from(input).toString('utf8').split('\n')
    const text = rest.join('\n')
    const args = first.split(' ')
    // What a mutation puts where no secret belongs is shown like anything else.
    const hidden = isInPlace(first, rest) ? [secret] : []
    const line = parseCommandLine(args)
    if (line.kind === 'error') return shown(line.message, hidden)
    if (line.kind !== 'run') return
    try {
      const read = readSettings(line.command, line.flags, {
        environment: {},
        files: { read: (path) => fileOf(path, text), isWorldReadable: () => text.length % 2 === 0 },
        workingDirectory: '/srv',
        defaultEnvFile: '/srv/.env',
        now: () => Date.UTC(2026, 10, 22),
      })
      for (const note of read.notes) shown(note, hidden)
      for (const each of secretsIn(read)) must(typeof each === 'string', 'a secret is no text')
      mustHide(JSON.stringify(read), hidden)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      must(error.exitCode === exitCodes.usage, `a refusal ends with ${error.exitCode}`)
      shown(error.sentence, hidden)
    }
  },
}

/** The text is the env file; a line of it that begins with a path and a blank is what that file holds. */
function fileOf(path: string, text: string): string {
  if (path.endsWith('.env')) return text
  const found = text.split('\n').find((line) => line.startsWith(`# ${path} `))
  if (found !== undefined) return found.slice(path.length + 3)
  throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
}

/** What a person is shown of it has one line, as the program shows it, and no secret. */
function shown(text: string, hidden: readonly string[]): void {
  must(!/[\n\r\u001b]/.test(visible(text)), 'a message has several lines')
  mustHide(text, hidden)
}

const inFlags = / (?:(?:-p|--pass)[ =]SECRET|(?:-o|--output)[ =]rediss?:\/\/\w*:SECRET@[\w.:]+\/0)(?= |$)/g
const inFile =
  /^(?:(?:export )?ABIQUO_API_(?:PASSWORD|BEARER|APP_SECRET|TOKEN|TOKEN_SECRET) ?= ?(["'`]?)SECRET\1|# \/(?:pass|bearer) SECRET)$/gm

/** Whether secrets stand only where the program has to know them as such. */
function isInPlace(first: string, rest: readonly string[]): boolean {
  const [flags = '', file = ''] = [first, rest.join('\n')].map((text) => text.replaceAll(secret, 'SECRET'))
  return !flags.replace(inFlags, '').includes('SECRET') && !file.replace(inFile, '').includes('SECRET')
}

function secretNames(): readonly string[] {
  return [...commands.map(({ name }) => name), 'ABIQUO_API_PASSWORD=', 'NOVNC_TOKENS_OUTPUT=', 'ABIQUO_API_BEARER=']
}
