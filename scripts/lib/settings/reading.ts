import { resolve } from 'node:path'
import { suggest } from '@novnc-tokens/stream'
import type { Flags } from '../command-line/command-line.ts'
import { type EnvFile, parseEnvFile } from './env-file.ts'
import { errorCode, type Files, readNamedFile } from './files.ts'
import { variablesOf } from './option-spec.ts'
import { options } from './options.ts'
import { badSetting, envFileSource, environmentSource, flagSource, type Given, lastOf, Sources } from './sources.ts'

/** What settings are read from beside the flags. */
export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>
  files: Files
  /** Relative paths count from here. Absolute. */
  workingDirectory: string
  /** Read where no other env file is named; may be missing. null: none. */
  defaultEnvFile: string | null
  /** Milliseconds since 1970. @default the system's clock */
  now?: () => number
}

/** One reading of the settings: where they come from, and what is noticed on the way. */
export interface Reading {
  sources: Sources
  files: Files
  /** When the settings are read, in milliseconds since 1970. */
  now: number
  /** The absolute path of one that a setting gives. */
  resolvePath(path: string): string
  /** Warnings so far. */
  notes: string[]
  /** Absolute paths of the files that a reload reads again. */
  secretFiles: string[]
}

/**
 * Begins a reading: finds and reads the env file.
 * @throws Failure with the exit code of bad settings when a named env file can't be read
 */
export function beginReading(flags: Flags, surroundings: Surroundings): Reading {
  const { environment, files, workingDirectory, defaultEnvFile } = surroundings
  const strong = [flagSource(flags), environmentSource(environment)]
  const named = new Sources(strong).find('envFile')
  const reading: Reading = {
    sources: new Sources(strong),
    files,
    now: (surroundings.now ?? Date.now)(),
    resolvePath: (path) => resolve(workingDirectory, path),
    notes: unknownVariables(Object.keys(environment)),
    secretFiles: [],
  }
  if (named !== null && lastOf(named) === '') throw badSetting(`${named.where}: the path is empty`)
  const path = named === null ? defaultEnvFile : reading.resolvePath(lastOf(named))
  const text = path === null ? null : readEnvText(files, path, named)
  if (path === null || text === null) return reading
  const file = parseEnvFile(text)
  reading.notes.push(...fileNotes(file, path, files))
  reading.secretFiles.push(path)
  return { ...reading, sources: new Sources([...strong, envFileSource(file, path)]) }
}

/** The env file's text; null where it is missing and nobody named it. */
function readEnvText(files: Files, path: string, named: Given | null): string | null {
  try {
    return readNamedFile(files, path, named?.where ?? 'The env file of this checkout')
  } catch (error) {
    if (named === null && error instanceof Error && errorCode(error.cause) === 'ENOENT') return null
    throw error
  }
}

function fileNotes(file: EnvFile, path: string, files: Files): string[] {
  const names = [...file.values.keys()]
  const notes = [...file.notes, ...unknownVariables(names)].map((note) => `${path}: ${note}`)
  const secret = options.find(({ secret, holdsSecret, variable }) => {
    const value = file.values.get(variable ?? '')?.value ?? ''
    return value !== '' && (secret === true || holdsSecret?.(value) === true)
  })
  if (secret !== undefined && files.isWorldReadable(path)) {
    notes.push(`${path}: every user of this machine may read it, and it holds ${secret.variable}; chmod o-r it`)
  }
  return notes
}

/** A misspelt variable would otherwise be silently nothing. Abiquo's own tools have variables too: those need to be near. */
function unknownVariables(names: readonly string[]): string[] {
  const known = options.flatMap(variablesOf)
  return names.flatMap((name) => {
    const prefix = /^(NOVNC_TOKENS_|ABIQUO_(?:API_)?)/.exec(name)?.[0]
    if (prefix === undefined || known.includes(name)) return []
    const ends = known.flatMap((each) => (each.startsWith(prefix) ? each.slice(prefix.length) : []))
    const meant = suggest(name.slice(prefix.length), ends)
    if (meant !== null) return [`${name} is not a variable of this program; did you mean ${prefix}${meant}?`]
    return prefix === 'NOVNC_TOKENS_' ? [`${name} is not a variable of this program`] : []
  })
}
