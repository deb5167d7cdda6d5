import { parseFileMode } from './file-mode.ts'
import { type GuardShare, parseGuardShare } from './guard-share.ts'
import { type OutputTarget, parseFileTarget, parseOutputTarget } from './output-target.ts'
import type { Reading } from './reading.ts'
import { badSetting, lastOf } from './sources.ts'

/** Where the tokens go. */
export interface OutputSettings {
  /** No path twice. Empty only when they go to stdout alone. */
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

/**
 * The settings of the outputs.
 * @throws Failure with the exit code of bad settings
 */
export function readOutputs(reading: Reading): OutputSettings {
  const { sources } = reading
  const outputs = [...sources.readAll('output', (text) => parseOutputTarget(text, reading.resolvePath))]
  const file = sources.find('file')
  const stdout = file !== null && lastOf(file) === '-'
  if (!stdout && (file !== null || outputs.length === 0)) {
    outputs.unshift(sources.read('file', (text) => parseFileTarget(text, reading.resolvePath)))
  }
  const twice = outputs.find((output, index) => outputs.findIndex((other) => other.path === output.path) !== index)
  if (twice !== undefined) throw badSetting(`The output "${twice.path}" is given twice`, 'keep one')
  return {
    outputs,
    stdout,
    mode: sources.readOptional('mode', parseFileMode),
    group: sources.readOptional('group', parseGroup),
    guard: sources.read('guard', parseGuardShare),
  }
}

function parseGroup(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/.test(text)) return text
  throw new RangeError(`"${text}" is not the name or number of a group`)
}
