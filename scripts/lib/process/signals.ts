/** The signals that the program can answer. */
export type SignalName = 'TERM' | 'INT' | 'HUP' | 'USR1' | 'USR2'

/** What to do at a signal. What is not named keeps the system's default, which ends the process. */
export type SignalHandlers = Readonly<Partial<Record<SignalName, () => void>>>

/** What {@link onSignals} uses of the process. */
export interface SignalProcess {
  on(signal: `SIG${SignalName}`, listener: () => void): unknown
  off(signal: `SIG${SignalName}`, listener: () => void): unknown
  exit(code: number): void
}

// 128 + the signal's number, as a shell shows it.
const stopCodes = { TERM: 143, INT: 130 } as const

/**
 * Calls a function at each signal until disposed. The first TERM or INT calls its function; a second one of either ends
 * the process at once, for someone who waits no longer.
 */
export function onSignals(handlers: SignalHandlers, host: SignalProcess = process): Disposable {
  const registered: [SignalName, () => void][] = []
  let stopping = false
  for (const [name, handler] of Object.entries(handlers)) {
    if (!isSignal(name) || handler === undefined) continue
    const listener = () => {
      if (name === 'TERM' || name === 'INT') {
        if (stopping) return host.exit(stopCodes[name])
        stopping = true
      }
      handler()
    }
    host.on(`SIG${name}`, listener)
    registered.push([name, listener])
  }
  return {
    [Symbol.dispose]: () => {
      for (const [name, listener] of registered.splice(0)) host.off(`SIG${name}`, listener)
    },
  }
}

function isSignal(name: string): name is SignalName {
  return ['TERM', 'INT', 'HUP', 'USR1', 'USR2'].includes(name)
}
