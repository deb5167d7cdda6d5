import { Selection, type SelectionOptions } from '@novnc-tokens/tokens'
import type { OptionKey } from './options.ts'
import type { Reading } from './reading.ts'
import { badSetting } from './sources.ts'

/** Whose virtual machines get tokens. */
export interface SelectionSettings {
  selection: Required<SelectionOptions>
}

/**
 * The settings of the selection.
 * @throws Failure with the exit code of bad settings
 */
export function readSelection(reading: Reading): SelectionSettings {
  const selection = {
    datacenters: readIds(reading, 'datacenter'),
    enterprises: readIds(reading, 'enterprise'),
    excludedEnterprises: readIds(reading, 'excludeEnterprise'),
  }
  try {
    new Selection(selection)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw badSetting(error.message, 'keep --enterprise or --exclude-enterprise')
  }
  return { selection }
}

/** Sorted, so that another order is no other setting. */
function readIds({ sources }: Reading, key: OptionKey): readonly string[] {
  return [...new Set(sources.readAll(key, parseIds).flat())].sort()
}

function parseIds(text: string): readonly string[] {
  const ids = text.split(/[\s,]+/).filter((id) => id !== '')
  if (ids.length === 0) throw new RangeError('an ID is wanted, such as 7')
  // As links have it: a name, or 07 for 7, would choose nothing, and leave out nobody.
  const wrong = ids.find((id) => !/^[1-9]\d*$/.test(id))
  if (wrong === undefined) return ids
  throw new RangeError(`"${wrong}" is not an ID: that is the number at the end of a link of the API, such as 7`)
}
