import { expect } from 'bun:test'
import { type Flags, parseCommandLine } from '../command-line/command-line.ts'
import type { CommandName } from '../command-line/commands.ts'
import { Failure } from '../process/failure.ts'
import type { Files } from './files.ts'
import { readSettings, type SettingsOf } from './settings.ts'

/** What settings are read from in a test. */
export interface Given {
  args?: readonly string[]
  environment?: Record<string, string>
  /** Path to text; a path that ends in ! is world-readable. */
  files?: Record<string, string>
  defaultEnvFile?: string
}

/** When they are read. */
export const now = Date.parse('2026-11-21T00:00:00Z')

/** The flags of a log-in. */
export const login = ['-a', 'https://h/api', '-u', 'admin', '--pass-file', '/pass']
const files = { '/pass': 'hunter2\n' }

/** Reads the settings of a command. */
export function read<Name extends CommandName>(command: Name, given: Given): SettingsOf[Name] {
  return readSettings(command, flagsFrom(command, given.args ?? login), {
    environment: given.environment ?? {},
    files: filesFrom({ ...files, ...given.files }),
    workingDirectory: '/srv',
    defaultEnvFile: given.defaultEnvFile ?? null,
    now: () => now,
  })
}

function flagsFrom(command: CommandName, args: readonly string[]): Flags {
  const line = parseCommandLine([command, ...args])
  if (line.kind !== 'run') throw new Error(`"${args.join(' ')}" is not taken`)
  return line.flags
}

function filesFrom(texts: Record<string, string>): Files {
  return {
    read: (path) => {
      const text = texts[path] ?? texts[`${path}!`]
      if (text === undefined) throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
      return text
    },
    isWorldReadable: (path) => `${path}!` in texts,
  }
}

/** The line by which they are refused; throws where they are taken. */
export function refusal(command: CommandName, given: Given): string {
  try {
    read(command, given)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    expect(error.exitCode).toBe(2)
    expect(error.sentence).not.toContain('hunter2')
    expect(error.sentence).not.toContain('\n')
    return error.sentence
  }
  throw new Error('The settings are taken')
}
