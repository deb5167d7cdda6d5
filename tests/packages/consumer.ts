/**
 * What somebody else may write with the packages. It is compiled against their sources with the rest of the checkout,
 * and against the declarations of the packed packages as a program of its own.
 */
import {
  ApiError,
  type ApiErrorCode,
  type Authorization,
  Backoff,
  basic,
  Connection,
  type ConnectionOptions,
  type Enterprise,
  Inventory,
  type PlatformEvent,
  type VirtualMachine,
} from '@novnc-tokens/api'
import { type Filters, readMessages, SseError, streamUrl, type Update } from '@novnc-tokens/stream'
import {
  type Address,
  FileOutput,
  type Note,
  parseLines,
  SortedLines,
  type Trigger,
  tokenOf,
  triggerOf,
} from '@novnc-tokens/tokens'

/** A log-in of one's own kind. */
export const own: Authorization = { user: 'somebody', header: ({ method, url }) => `Own ${method} ${url}` }

/** Settings of a connection that tell what they leave out. */
export function options(password: string | undefined): ConnectionOptions {
  const authorization = password === undefined ? own : basic('admin', password)
  return {
    api: 'https://abiquo.example.com/api',
    authorization,
    concurrency: 4,
    fetch: (url, init) => fetch(url, init),
  }
}

/** Names and addresses of all VMs, by enterprise. */
export async function addresses(settings: ConnectionOptions): Promise<Map<string, Address[]>> {
  const connection = new Connection(settings)
  const inventory = new Inventory(connection)
  const found = new Map<string, Address[]>()
  try {
    const { enterprises, complete } = await inventory.enterprises()
    if (!complete) throw new Error('incomplete')
    for (const enterprise of enterprises)
      found.set(enterprise.name ?? enterprise.id, await consoles(inventory, enterprise))
  } catch (error) {
    const code: ApiErrorCode | null = error instanceof ApiError ? error.code : null
    if (code !== 'login-refused') throw error
  } finally {
    connection[Symbol.dispose]()
  }
  return found
}

async function consoles(inventory: Inventory, enterprise: Enterprise): Promise<Address[]> {
  const found: Address[] = []
  for await (const page of inventory.virtualMachinesOf(enterprise)) found.push(...page.flatMap(consoleOf))
  return found
}

function consoleOf({ vdrpIp, vdrpPort }: VirtualMachine): Address[] {
  return vdrpIp === null || vdrpPort === null ? [] : [{ host: vdrpIp, port: Number(vdrpPort) }]
}

/** The data of each message of a stream of one's own. */
export async function messages(url: string, filters: Filters, signal: AbortSignal): Promise<string[]> {
  const data: string[] = []
  const backoff = new Backoff({ firstMs: 100 })
  const { body } = await fetch(streamUrl(url, filters), { signal })
  if (body === null) return data
  try {
    return await readMessages(body, { onMessage: (message) => data.push(message.data), idleTimeoutMs: 1000, signal })
  } catch (error) {
    if (!(error instanceof SseError) || backoff.fail(performance.now()) > 100) throw error
  }
  return data
}

/** What an update or a note says to people. */
export function said(update: Update, notes: readonly Note[]): string[] {
  const event: PlatformEvent | null = update.kind === 'event' ? update.event : null
  const trigger: Trigger | null = event === null ? null : triggerOf(event)
  return [update.kind, trigger?.scope.kind ?? 'nothing', ...notes.map(({ kind }) => kind)]
}

/** Writes one line. */
export async function write(path: string, address: Address): Promise<number> {
  const output = new FileOutput({ path, mode: 0o640 })
  const { lines } = parseLines(`${tokenOf(address)}: ${address.host}:${address.port}\n`)
  await output.write(lines instanceof SortedLines ? lines : new SortedLines())
  return lines.size
}
