import type { Flags } from '../command-line/command-line.ts'
import type { CommandName } from '../command-line/commands.ts'
import { type ApiSettings, readApi } from './api-settings.ts'
import { parseBoolean } from './booleans.ts'
import { parseChoice } from './choices.ts'
import { parseDuration } from './durations.ts'
import { parseHttpUrl } from './http-url.ts'
import { type ListenAddress, parseListenAddress } from './listen-address.ts'
import { type OutputSettings, readOutputs } from './output-settings.ts'
import { beginReading, type Reading, type Surroundings } from './reading.ts'
import { badSetting } from './sources.ts'

/** How the program logs. */
export interface LogSettings {
  logFormat: 'text' | 'json'
  logLevel: 'debug' | 'info' | 'warn' | 'error'
}

/** What is noticed while any settings are read. */
export interface ReadingResult {
  /** Warnings, each a line for the log. */
  notes: readonly string[]
  /** Absolute paths of what a reload reads again: the env file, secrets, certificates. */
  secretFiles: readonly string[]
}

/** The settings of the daemon. */
export interface RunSettings extends ApiSettings, OutputSettings, LogSettings, ReadingResult {
  command: 'run'
  /** URL of the event stream, without a slash at its end. */
  streamUrl: string
  watch: 'auto' | 'stream' | 'none'
  /** Milliseconds between two full lists. */
  resyncMs: number
  /** Milliseconds of silence after which the stream is connected again. */
  idleTimeoutMs: number
  /** null: no server. */
  listen: ListenAddress | null
}

/** The settings of the single list. */
export interface RegenSettings extends ApiSettings, OutputSettings, LogSettings, ReadingResult {
  command: 'regen'
  /** Print the changes, write nothing. */
  dryRun: boolean
  /** Pass over the guard. */
  force: boolean
}

/** The settings that each command gets. */
export interface SettingsOf {
  run: RunSettings
  regen: RegenSettings
}

/** The settings of any command. */
export type Settings = SettingsOf[CommandName]

/**
 * The settings of a command: flags win over the environment, that over the env file, that over the defaults. The files
 * they name are read each time, so a reload is a second call with the same arguments.
 * @throws Failure with exit code 2: one line with what is wrong, where, and what to do; never a secret
 * @example readSettings('regen', flags, { environment: process.env, files: systemFiles, workingDirectory: process.cwd(), defaultEnvFile: defaultEnvFile() })
 */
export function readSettings<Name extends CommandName>(
  command: Name,
  flags: Flags,
  surroundings: Surroundings,
): SettingsOf[Name] {
  return readers[command](beginReading(flags, surroundings))
}

const readers: { [Name in CommandName]: (reading: Reading) => SettingsOf[Name] } = {
  run: readRun,
  regen: readRegen,
}

const daemonBounds = { leastMs: 1000, mostMs: 86_400_000 }

function readRun(reading: Reading): RunSettings {
  const { sources } = reading
  const api = readApi(reading)
  const outputs = readOutputs(reading)
  if (outputs.stdout) throw badSetting('run cannot write to stdout (-f -)', 'name a file, or use regen')
  return {
    command: 'run',
    ...api,
    ...outputs,
    ...readLog(reading),
    streamUrl: sources.readOptional('streamUrl', parseHttpUrl) ?? `${new URL(api.api).origin}/m/stream`,
    watch: sources.read('watch', parseWatch),
    resyncMs: sources.read('resync', (text) => parseDuration(text, daemonBounds)),
    idleTimeoutMs: sources.read('idleTimeout', (text) => parseDuration(text, daemonBounds)),
    listen: sources.read('listen', parseListenAddress),
    notes: reading.notes,
    secretFiles: reading.secretFiles,
  }
}

function readRegen(reading: Reading): RegenSettings {
  return {
    command: 'regen',
    ...readApi(reading),
    ...readOutputs(reading),
    ...readLog(reading),
    dryRun: reading.sources.read('dryRun', parseBoolean),
    force: reading.sources.read('force', parseBoolean),
    notes: reading.notes,
    secretFiles: reading.secretFiles,
  }
}

function readLog({ sources }: Reading): LogSettings {
  return {
    logFormat: sources.read('logFormat', (text) => parseChoice(text, ['text', 'json'])),
    logLevel: sources.read('logLevel', (text) => parseChoice(text, ['debug', 'info', 'warn', 'error'])),
  }
}

function parseWatch(text: string): RunSettings['watch'] {
  if (text === 'poll') throw new RangeError('"poll" is not available in this version: auto, stream and none are')
  return parseChoice(text, ['auto', 'stream', 'none'])
}
