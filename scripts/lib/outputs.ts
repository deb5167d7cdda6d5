import { readFileSync } from 'node:fs'
import { DirectoryOutput, FileOutput, type FileOutputOptions, type Output, RedisOutput } from '@novnc-tokens/tokens'
import { exitCodes } from './process/exit-codes.ts'
import { Failure } from './process/failure.ts'
import { reasonOf } from './settings/files.ts'
import type { OutputSettings } from './settings/output-settings.ts'
import type { OutputTarget } from './settings/output-target.ts'

/**
 * The outputs that the settings name.
 * @param tidy whether what killed daemons left beside them is removed: for the one daemon that holds the lock
 * @throws Failure with the exit code of bad settings when the group does not exist
 */
export function openOutputs({ outputs, mode, group }: OutputSettings, tidy: boolean): Output[] {
  const gid = group === null ? null : groupId(group)
  const common = { tidy, ...(mode === null ? {} : { mode }), ...(gid === null ? {} : { gid }) }
  return outputs.map((target) => openOutput(target, common))
}

function openOutput(target: OutputTarget, common: Omit<FileOutputOptions, 'path'>): Output {
  switch (target.kind) {
    case 'file':
      return new FileOutput({ path: target.path, ...common })
    case 'dir':
      return new DirectoryOutput({ path: target.path, ...common })
    case 'redis':
      return new RedisOutput({ url: target.url.reveal() })
  }
}

/** Closes outputs, each as far as it goes: others may wait for what it gives back. */
export async function closeOutputs(outputs: readonly Output[]): Promise<void> {
  await Promise.allSettled(outputs.map((output) => output[Symbol.asyncDispose]()))
}

/** The paths of those that are files or folders, which a lock beside them keeps for one daemon. */
export function lockedPaths(targets: readonly OutputTarget[]): string[] {
  return targets.flatMap((target) => (target.kind === 'redis' ? [] : [target.path]))
}

/**
 * The number of a group.
 * @throws Failure with the exit code of bad settings
 */
export function groupId(group: string, table = '/etc/group'): number {
  if (/^\d+$/.test(group)) return Number(group)
  let text: string
  try {
    text = readFileSync(table, 'utf8')
  } catch (error) {
    throw new Failure(`Cannot look the group "${group}" up in "${table}": ${reasonOf(error)}`, {
      exitCode: exitCodes.usage,
      hint: 'give its number with --group',
    })
  }
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':')
    if (name === group && id !== undefined && /^\d+$/.test(id)) return Number(id)
  }
  throw new Failure(`There is no group "${group}" in "${table}"`, {
    exitCode: exitCodes.usage,
    hint: 'name another with --group, or give its number where the group comes from elsewhere',
  })
}
