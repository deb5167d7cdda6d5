import { readFile } from 'node:fs/promises'
import type { Mock } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { type Child, type ChildOptions, start } from '../support/process.ts'
import { waitFor } from '../support/wait.ts'

/** The command `events` of the built binary, at a mock. */
export async function eventsCommand(
  { apiUrl }: Pick<Mock, 'apiUrl'>,
  flags: readonly string[] = [],
): Promise<string[]> {
  return [await binary(), 'events', '-a', apiUrl, ...flags]
}

/** Variables by which the administrator logs in. */
export function adminOf({ username, password }: Pick<Mock, 'username' | 'password'>): Record<string, string> {
  return { ABIQUO_API_USERNAME: username, ABIQUO_API_PASSWORD: password }
}

/** Starts `events`, its stdout piped, as the administrator unless other variables are given. */
export async function startEvents(mock: Mock, flags: readonly string[], options: ChildOptions = {}): Promise<Child> {
  return start(await eventsCommand(mock, flags), { env: adminOf(mock), ...options })
}

/** Starts `events` and waits until its stream is open. */
export async function startFollowing(mock: Mock, flags: readonly string[] = []): Promise<Child> {
  const child = await startEvents(mock, flags)
  await child.line('The event stream is open')
  return child
}

/** What tests look at of a printed event. */
export interface Printed {
  readonly timestamp: number
  readonly severity: string
  readonly action: string
  readonly entity: string
  readonly entityName: string | null
  readonly message: string | null
  readonly recovered?: true
}

/** The whole lines of a text. */
export function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

/** The events printed so far, each from a line of JSON. */
export function printed(child: Pick<Child, 'stdout'>): Printed[] {
  return wholeLines(child.stdout()).map((line) => JSON.parse(line))
}

/** The messages of the events printed so far. */
export function messages(child: Pick<Child, 'stdout'>): (string | null)[] {
  return printed(child).map(({ message }) => message)
}

/** Waits until so many lines are printed. */
export async function lineCount(child: Child, count: number, withinMs = 10_000): Promise<void> {
  const unless = () => child.ended() && `it ended: ${child.stderr()}`
  await waitFor(`${count} lines`, () => wholeLines(child.stdout()).length >= count, { withinMs, unless }).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${child.stderr()}`)
    },
  )
}

/** The most memory that a process ever had, in bytes. */
export async function peakMemory(pid: number): Promise<number> {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
