/** What the service manager that started this process wants to be told (sd_notify(3), sd_watchdog_enabled(3)). */
export interface NotifySettings {
  /** Where its socket is: a path, or `@` and the name of an abstract one. */
  readonly address: string
  /** It ends a process that is silent for so many milliseconds; null: it waits for ever. */
  readonly watchdogMs: number | null
}

/** The variables that tell them: they are for this process alone, and for no child of it. */
export const notifyVariables = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const

/** Reads them from the environment; null where no service manager wants to be told anything. */
export function notifySettings(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): NotifySettings | null {
  const { NOTIFY_SOCKET: address = '', WATCHDOG_USEC: micros = '', WATCHDOG_PID: watched = '' } = environment
  if (address === '') return null
  const watches = /^[1-9]\d*$/.test(micros) && (watched === '' || watched === String(pid))
  return { address, watchdogMs: watches ? Number(micros) / 1000 : null }
}
