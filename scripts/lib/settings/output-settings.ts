import { dirname } from 'node:path'
import { parseFileMode } from './file-mode.ts'
import { type GuardShare, parseGuardShare } from './guard-share.ts'
import { nameOfTarget, type OutputTarget, parseFileTarget, parseOutputTarget } from './output-target.ts'
import type { Reading } from './reading.ts'
import { badSetting, lastOf } from './sources.ts'

/** Where the tokens go. */
export interface OutputSettings {
  /** None twice. Empty only when they go to stdout alone, or are for lookups alone. */
  outputs: readonly OutputTarget[]
  /** `-f -`: to stdout. */
  stdout: boolean
  /** Mode of the files, null: that of the existing file. */
  mode: number | null
  /** Group of the files by name or number, null: that of the existing file. */
  group: string | null
  /** null: nothing is held. */
  guard: GuardShare | null
}

const seenInPs =
  '--output shows the password of Redis to every user of this machine (ps); put it into a password-file, or the URL into NOVNC_TOKENS_OUTPUT'

/**
 * The settings of the outputs.
 * @throws Failure with the exit code of bad settings
 */
export function readOutputs(reading: Reading): OutputSettings {
  const { sources } = reading
  const outputs = readTargets(reading)
  warnOfPasswords(outputs, reading)
  const file = sources.find('file')
  const stdout = file !== null && lastOf(file) === '-'
  if (!stdout && (file !== null || (outputs.length === 0 && !looksUp(reading)))) {
    outputs.unshift(sources.read('file', (text) => parseFileTarget(text, reading.resolvePath)))
  }
  refuseOverlaps(outputs)
  return {
    outputs,
    stdout,
    mode: sources.readOptional('mode', parseFileMode),
    group: sources.readOptional('group', parseGroup),
    guard: sources.read('guard', parseGuardShare),
  }
}

/** Of several, a message tells which one it is about: it may not repeat it, as it may hold a password. */
function readTargets({ sources, resolvePath }: Reading): OutputTarget[] {
  const several = (sources.find('output')?.values.length ?? 0) > 1
  let count = 0
  const targets = sources.readAll('output', (text) => {
    count++
    try {
      return parseOutputTarget(text, resolvePath)
    } catch (error) {
      if (!several || !(error instanceof RangeError)) throw error
      throw new RangeError(`of output ${count}: ${error.message}`, { cause: error })
    }
  })
  return [...targets]
}

function warnOfPasswords(outputs: readonly OutputTarget[], { sources, files, notes }: Reading): void {
  const redis = outputs.filter((target) => target.kind === 'redis')
  const byFlag = sources.all.find((source) => source.get('output') !== null)?.kind === 'flags'
  if (byFlag && redis.some(({ passwords }) => passwords.length > 0)) notes.push(seenInPs)
  for (const { name, passwordFile } of redis) {
    if (passwordFile === null || !files.isWorldReadable(passwordFile)) continue
    notes.push(`${name}: every user of this machine may read "${passwordFile}"; chmod o-r it`)
  }
}

/** Whether the daemon of these settings answers lookups, also where they are read for another command. */
function looksUp({ sources }: Reading): boolean {
  const lookup = sources.find('lookup')
  return lookup !== null && lastOf(lookup) !== 'off'
}

function refuseOverlaps(outputs: readonly OutputTarget[]): void {
  const names = outputs.map(nameOfTarget)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw badSetting(`The output "${twice}" is given twice`, 'keep one')
  for (const folder of outputs) {
    if (folder.kind !== 'dir') continue
    const inside = outputs.find((other) => other.kind !== 'redis' && dirname(other.path) === folder.path)
    if (inside === undefined || inside === folder) continue
    throw badSetting(
      `The output "${nameOfTarget(inside)}" lies in "${folder.path}", where websockify takes each file for a token`,
      'name another folder',
    )
  }
}

function parseGroup(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/.test(text)) return text
  throw new RangeError(`"${text}" is not the name or number of a group`)
}
