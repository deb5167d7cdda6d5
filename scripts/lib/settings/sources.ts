import type { Flags } from '../command-line/command-line.ts'
import { exitCodes } from '../process/exit-codes.ts'
import { Failure } from '../process/failure.ts'
import type { EnvFile } from './env-file.ts'
import { fileVariableOf, nameOf } from './option-spec.ts'
import { type OptionKey, optionOf } from './options.ts'

/** What one place says about a setting. */
export interface Given {
  /** One value, or several of a setting that may be repeated. */
  values: readonly string[]
  /** The flag or variable, and for an env file its line: the beginning of each message about it. */
  where: string
}

/** A place where settings are given. */
export interface Source {
  kind: 'flags' | 'environment' | 'env file'
  get(key: OptionKey): Given | null
  /** The path that the setting's variable with `_FILE` at its end names. */
  getFile(key: OptionKey): Given | null
}

/** The flags of a command line. An empty value is a value: the parser of the setting says what it thinks of it. */
export function flagSource(flags: Flags): Source {
  return {
    kind: 'flags',
    get: (key) => {
      const values = flags.get(key)
      return values === undefined ? null : { values, where: nameOf(optionOf(key)) }
    },
    getFile: () => null,
  }
}

/** The environment of the process. */
export function environmentSource(environment: Readonly<Record<string, string | undefined>>): Source {
  return variableSource(
    'environment',
    (name) => environment[name],
    (name) => name,
  )
}

/** A line within a value that sets a variable of its own. */
const innerVariable = /[\r\n]\s*(?:export\s+)?(?:NOVNC_TOKENS|ABIQUO)_\w*\s*[=:]/

/**
 * The variables of an env file. A value that takes other variables into it, since its quote is closed too late, is refused
 * before anything shows it: they may be passwords.
 */
export function envFileSource(file: EnvFile, path: string): Source {
  const where = (name: string) => {
    const line = file.values.get(name)?.line ?? null
    return line === null ? `${name} in ${path}` : `${name} in ${path} line ${line}`
  }
  const lookUp = (name: string) => {
    const value = file.values.get(name)?.value
    if (value === undefined || !innerVariable.test(value)) return value
    throw badSetting(`${where(name)}: the value goes on over other variables`, 'close its quote')
  }
  return variableSource('env file', lookUp, where)
}

function variableSource(
  kind: Source['kind'],
  lookUp: (name: string) => string | undefined,
  where: (name: string) => string,
): Source {
  return {
    kind,
    get: (key) => {
      const { variable, argument, repeat, secret } = optionOf(key)
      const value = variable === undefined ? undefined : lookUp(variable)
      if (variable === undefined || value === undefined) return null
      // An empty variable is none, as in units and compose files that pass everything on; a switch is off by it.
      const blank = secret === true ? value === '' : value.trim() === ''
      if (blank && argument !== undefined) return null
      const values = repeat === true ? value.trim().split(/\s+/) : [blank ? '' : value]
      return { values, where: where(variable) }
    },
    getFile: (key) => {
      const { variable, alsoFile } = optionOf(key)
      const name = variable === undefined || alsoFile !== true ? null : fileVariableOf(variable)
      const path = name === null ? undefined : lookUp(name)
      return name === null || path === undefined || path.trim() === '' ? null : { values: [path], where: where(name) }
    },
  }
}

/** All places, the strongest first. */
export class Sources {
  readonly all: readonly Source[]

  constructor(all: readonly Source[]) {
    this.all = all
  }

  /** What the strongest place that knows the setting says. */
  find(key: OptionKey): Given | null {
    for (const source of this.all) {
      const given = source.get(key)
      if (given !== null) return given
    }
    return null
  }

  /**
   * The parsed value of a setting that has a default.
   * @throws Failure with the exit code of bad settings when the parser throws a RangeError
   */
  read<Value>(key: OptionKey, parse: (text: string) => Value): Value {
    const option = optionOf(key)
    const given = this.find(key)
    return parseValue(given === null ? (option.default ?? '') : lastOf(given), given?.where ?? nameOf(option), parse)
  }

  /** The parsed value of a setting without default, null where it is not given. */
  readOptional<Value>(key: OptionKey, parse: (text: string) => Value): Value | null {
    return this.find(key) === null ? null : this.read(key, parse)
  }

  /** The parsed values of a setting that may be repeated. */
  readAll<Value>(key: OptionKey, parse: (text: string) => Value): readonly Value[] {
    const given = this.find(key)
    return given === null ? [] : given.values.map((text) => parseValue(text, given.where, parse))
  }
}

/** The value that counts of a setting given more than once. */
export function lastOf(given: Given): string {
  return given.values.at(-1) ?? ''
}

function parseValue<Value>(text: string, where: string, parse: (text: string) => Value): Value {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw badSetting(`${where}: ${cause.message}`)
  }
}

/** The failure of a bad or missing setting. */
export function badSetting(message: string, hint?: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage, ...(hint === undefined ? {} : { hint }) })
}
