import type { Flags } from '../command-line/command-line.ts'
import type { CommandName } from '../command-line/commands.ts'
import { type LookupAddress, parseLookupAddress } from '../lookup/lookup-address.ts'
import { type ApiSettings, readApi } from './api-settings.ts'
import { type AuthorizationSettings, readAuthorization } from './authorize-settings.ts'
import { parseBoolean } from './booleans.ts'
import { parseChoice } from './choices.ts'
import { parseDuration } from './durations.ts'
import { type EventChoice, readEventChoice } from './events-settings.ts'
import { type ListenAddress, parseListenAddress } from './listen-address.ts'
import { formsOf, secretsOf } from './login/login.ts'
import { type OutputSettings, readOutputs } from './output-settings.ts'
import { beginReading, type Reading, type Surroundings } from './reading.ts'
import type { Secret } from './secret.ts'
import { readSelection, type SelectionSettings } from './selection-settings.ts'
import { badSetting } from './sources.ts'
import { lastingBounds, readWatch, type WatchSettings } from './watch-settings.ts'

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

/** The ways by which the daemon may learn of changes; `none`: by lists alone. */
export type DaemonWatch = 'auto' | 'stream' | 'poll' | 'none'

/** The settings of the daemon. */
export interface RunSettings
  extends ApiSettings,
    WatchSettings<DaemonWatch>,
    OutputSettings,
    SelectionSettings,
    LogSettings,
    ReadingResult {
  command: 'run'
  /** Milliseconds between two full lists. */
  resyncMs: number
  /** null: no server. */
  listen: ListenAddress | null
  /** Where lookups of tokens are answered; null: nowhere. */
  lookup: LookupAddress | null
  /** What runs after a change, for the shell; null: nothing. */
  onChange: string | null
}

/** The settings of the single list. */
export interface RegenSettings extends ApiSettings, OutputSettings, SelectionSettings, LogSettings, ReadingResult {
  command: 'regen'
  /** Print the changes, write nothing. */
  dryRun: boolean
  /** Pass over the guard. */
  force: boolean
}

/** The settings of the print of events. */
export interface EventsSettings extends ApiSettings, EventChoice, LogSettings, ReadingResult {
  command: 'events'
}

/** The settings of the OAuth flow. */
export interface AuthorizeSettings extends AuthorizationSettings, LogSettings, ReadingResult {
  command: 'authorize'
}

/** The settings that each command gets. */
export interface SettingsOf {
  run: RunSettings
  regen: RegenSettings
  events: EventsSettings
  authorize: AuthorizeSettings
}

/** The settings of any command. */
export type Settings = SettingsOf[CommandName]

/** What must never be shown of some settings. */
export function secretsIn(settings: Settings): readonly string[] {
  return [...secretsOf(settings.login), ...otherSecrets(settings).flatMap((secret) => formsOf(secret.reveal()))]
}

function otherSecrets(settings: Settings): readonly Secret[] {
  switch (settings.command) {
    case 'run':
    case 'regen':
      return settings.outputs.flatMap((target) => (target.kind === 'redis' ? target.passwords : []))
    case 'authorize':
      return settings.application.kind === 'new' ? [] : [settings.application.appSecret]
    case 'events':
      return []
  }
}

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
  events: readEvents,
  authorize: readAuthorize,
}

function readRun(reading: Reading): RunSettings {
  const { sources } = reading
  const api = readApi(reading)
  const outputs = readOutputs(reading)
  if (outputs.stdout) throw badSetting('run cannot write to stdout (-f -)', 'name a file, or use regen')
  const onChange = sources.readOptional('onChange', parseCommand)
  if (onChange !== null && outputs.outputs.length === 0) {
    reading.notes.push('--on-change never runs: it is for changes of --file and --output, and neither is given')
  }
  return {
    command: 'run',
    ...api,
    ...outputs,
    ...readSelection(reading),
    ...readLog(reading),
    ...readWatch(reading, api.api, ['auto', 'stream', 'poll', 'none']),
    resyncMs: sources.read('resync', (text) => parseDuration(text, lastingBounds)),
    listen: sources.read('listen', parseListenAddress),
    lookup: sources.read('lookup', (text) => parseLookupAddress(text, reading.resolvePath)),
    onChange,
    notes: reading.notes,
    secretFiles: reading.secretFiles,
  }
}

function readEvents(reading: Reading): EventsSettings {
  const api = readApi(reading)
  return {
    command: 'events',
    ...api,
    ...readEventChoice(reading, api.api),
    ...readLog(reading),
    notes: reading.notes,
    secretFiles: reading.secretFiles,
  }
}

function readAuthorize(reading: Reading): AuthorizeSettings {
  return {
    command: 'authorize',
    ...readAuthorization(reading),
    ...readLog(reading),
    notes: reading.notes,
    secretFiles: reading.secretFiles,
  }
}

function readRegen(reading: Reading): RegenSettings {
  const api = readApi(reading)
  const outputs = readOutputs(reading)
  if (outputs.outputs.length === 0 && !outputs.stdout) {
    throw badSetting('regen has nothing to write, as tokens are for --lookup alone', 'give --file or --output')
  }
  return {
    command: 'regen',
    ...api,
    ...outputs,
    ...readSelection(reading),
    ...readLog(reading),
    dryRun: reading.sources.read('dryRun', parseBoolean),
    force: reading.sources.read('force', parseBoolean),
    notes: reading.notes,
    secretFiles: reading.secretFiles,
  }
}

function parseCommand(text: string): string {
  if (text.trim() === '') throw new RangeError('the command is empty')
  if (text.includes('\0')) throw new RangeError('the command holds a NUL character')
  return text
}

function readLog({ sources }: Reading): LogSettings {
  return {
    logFormat: sources.read('logFormat', (text) => parseChoice(text, ['text', 'json'])),
    logLevel: sources.read('logLevel', (text) => parseChoice(text, ['debug', 'info', 'warn', 'error'])),
  }
}
