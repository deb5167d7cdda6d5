import { environmentWith } from './process.ts'

/** A program on a terminal of its own; leaving its scope ends it. */
export interface OnTerminal extends AsyncDisposable {
  /** All that it wrote so far, its line ends being `\r\n`. */
  text(): string
  /** Resolves to its exit code once it has ended; null when a signal ended it. */
  readonly exited: Promise<number | null>
  /** Types something, such as Ctrl-C (`\x03`). */
  type(keys: string): void
}

/**
 * Starts a program whose stdin, stdout and stderr are a terminal.
 *
 * @param env variables beside PATH, HOME, LANG and TMPDIR
 */
export function startOnTerminal(command: readonly string[], env: Readonly<Record<string, string>>): OnTerminal {
  const decoder = new TextDecoder()
  let text = ''
  const child = Bun.spawn([...command], {
    env: environmentWith(env),
    terminal: {
      cols: 200,
      data: (_terminal, bytes) => {
        text += decoder.decode(bytes, { stream: true })
      },
    },
  })
  const ended = () => child.exitCode !== null || child.signalCode !== null
  return {
    text: () => text,
    exited: child.exited.then(() => child.exitCode),
    type: (keys) => void child.terminal?.write(keys),
    async [Symbol.asyncDispose]() {
      if (!ended()) child.kill('SIGKILL')
      await child.exited
      child.terminal?.close()
    },
  }
}
