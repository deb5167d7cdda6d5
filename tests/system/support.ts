import { readFile } from 'node:fs/promises'
import { type Mock, type MockOptions, startMock } from '../mock-abiquo/index.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'

/** A mock platform, the built binary as a daemon on it, and a folder for its file. */
export interface Site extends AsyncDisposable {
  readonly mock: Mock
  readonly daemon: Daemon
  readonly folder: TempFolder
  /** Path of the token file. */
  readonly path: string
  /** The lines of the token file. */
  lines(): Promise<string[]>
  /** Waits until the file is just what the platform's VMs make it. */
  right(withinMs?: number): Promise<void>
  /** Waits until the file has, or lacks, a line. */
  has(line: string, there: boolean, withinMs?: number): Promise<void>
  status(): Promise<Status>
}

/** What tests read of `/status`. */
export interface Status {
  readonly outputs: readonly {
    readonly changedByOthers: number
    readonly error: string | null
    readonly held: number
  }[]
  readonly list: {
    readonly complete: number
    readonly incomplete: number
    readonly running: boolean
    readonly why: string | null
  }
  readonly login: { readonly state: 'unknown' | 'accepted' | 'refused' | 'failing' }
  readonly refusedAddresses: number
  readonly reads: { readonly owed: number; readonly total: number }
  readonly watch: {
    readonly kind: 'stream' | 'poll' | 'none'
    readonly instead: string | null
    readonly state: 'connecting' | 'open' | 'down'
    readonly connects: number
    readonly polls: number
    readonly recovered: number
    readonly recovering: boolean
    readonly gaps: number
    readonly error: string | null
  }
}

/** How a site is set up. */
export interface SiteOptions extends MockOptions {
  /** More flags of the daemon. */
  readonly flags?: readonly string[] | ((folder: TempFolder) => readonly string[])
  /** Variables of the daemon's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Makes the flags of another log-in than that by user name and password. */
  readonly login?: (mock: Mock, folder: TempFolder) => Promise<readonly string[]> | readonly string[]
  /** Where the daemon finds the API; asked for once `before` is over. @default at the mock itself */
  readonly apiUrl?: (mock: Mock) => string
  /** What the token file has before the daemon starts. */
  readonly before?: (mock: Mock, folder: TempFolder) => Promise<void> | void
  /** Whether to wait for the first right file. @default true */
  readonly wait?: boolean
}

/** Starts a site. */
export async function startSite(given: SiteOptions = {}): Promise<Site> {
  const { flags = [], env = {}, login, before, apiUrl, wait = true, ...options } = given
  const folder = tempFolder()
  const mock = await startMock({ vms: 60, enterprises: 3, ...options })
  await before?.(mock, folder)
  const path = folder.file('config.vnc')
  const daemon = await startDaemon({
    api: { apiUrl: apiUrl?.(mock) ?? mock.apiUrl, username: mock.username, password: mock.password },
    file: path,
    passwordFile: folder.file('password'),
    flags: typeof flags === 'function' ? flags(folder) : flags,
    env,
    ...(login === undefined ? {} : { login: await login(mock, folder) }),
  })
  const lines = async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1)
  const explained = async (waiting: Promise<unknown>) => {
    await waiting.catch((error: unknown) => {
      throw new Error(`${String(error)}\n${daemon.child.stderr()}`)
    })
  }
  const site: Site = {
    mock,
    daemon,
    folder,
    path,
    lines,
    right: (withinMs = 10_000) =>
      explained(
        waitFor('the right file', async () => Bun.deepEquals(await lines(), mock.platform.tokenLines()), { withinMs }),
      ),
    has: (line, there, withinMs = 10_000) =>
      explained(
        waitFor(`${line} to ${there ? 'come' : 'go'}`, async () => (await lines()).includes(line) === there, {
          withinMs,
        }),
      ),
    status: async () => (await (await fetch(`http://127.0.0.1:${daemon.healthPort}/status`)).json()) as Status,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]()
      await mock.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
  if (wait) {
    await site.right()
    await waitFor('the stream', () => mock.streams.open === 1)
    await historyAsked(mock, 1)
  }
  return site
}

/** Waits until so many clients have asked for the newest event, as each does once its stream is open. */
export async function historyAsked(mock: Mock, clients: number): Promise<void> {
  const answered = () =>
    mock.requests.all.filter(({ path, status }) => path.startsWith('/api/events') && status !== null)
  await waitFor('the history to be asked', () => answered().length >= clients)
}
