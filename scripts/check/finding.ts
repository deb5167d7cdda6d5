import { join } from 'node:path'

/** Something that a check of the house found. */
export interface Finding {
  /** Path from the top of the checkout. */
  readonly file: string
  /** Line in it, from 1. */
  readonly line: number
  /** What is wrong there. */
  readonly what: string
  /** What to do about it. */
  readonly mend: string
  /** Only said, and no reason to fail. @default false */
  readonly warning?: boolean
}

/** A check of the house: reads a checkout and answers what it found, nothing when all is well. */
export type Check = (root: string) => Promise<readonly Finding[]>

/** One line for people and for editors that jump to `file:line`. */
export function render({ file, line, what, mend, warning }: Finding): string {
  return `${file}:${line}: ${warning ? 'warning: ' : ''}${what}; ${mend}`
}

/**
 * Runs a check as a program: its findings on stdout, exit code 1 when one of them is more than a warning.
 *
 * @param root top of the checkout to check. @default this checkout
 */
export async function runCheck(check: Check, root: string = checkout()): Promise<void> {
  const findings = await check(root)
  for (const finding of findings) console.log(render(finding))
  if (findings.some(({ warning }) => !warning)) process.exitCode = 1
}

/** Top of the checkout that this file is in. */
export function checkout(): string {
  return join(import.meta.dir, '../..')
}
