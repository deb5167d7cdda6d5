import { fstatSync } from 'node:fs'

/** Device and inode of stderr as `DEVICE:INODE`; throws when stderr is closed. */
export type StderrId = () => string

/**
 * Whether stderr goes to journald: systemd names its stream in JOURNAL_STREAM (systemd.exec(5)), and the variable is
 * inherited also by what redirects stderr elsewhere.
 */
export function journalOnStderr(
  environment: Readonly<Record<string, string | undefined>>,
  stderrId: StderrId = systemStderrId,
): boolean {
  const stream = environment['JOURNAL_STREAM']
  if (stream === undefined || stream === '') return false
  try {
    return stderrId() === stream
  } catch {
    return false
  }
}

function systemStderrId(): string {
  const { dev, ino } = fstatSync(2, { bigint: true })
  return `${dev}:${ino}`
}
