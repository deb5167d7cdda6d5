import { Accounts } from './accounts.ts'
import { type ChurnOptions, churn } from './churn.ts'
import { PlatformClock } from './clock.ts'
import { controlHandler } from './control.ts'
import { EventLog } from './event-log.ts'
import { Faults } from './faults.ts'
import { Gate } from './gate.ts'
import { HttpServer } from './http-server.ts'
import { OAuthCredentials } from './oauth-credentials.ts'
import { OAuthEndpoints } from './oauth-endpoints.ts'
import { OAuthVerifier } from './oauth-verifier.ts'
import { type MockOptions, type Settings, settingsOf } from './options.ts'
import { Platform } from './platform.ts'
import { randomOf } from './random.ts'
import { Requests } from './requests.ts'
import { Rest } from './rest.ts'
import { Streams } from './stream.ts'
import { Timers } from './timers.ts'

/** A running mock of the Abiquo platform. */
export interface Mock extends AsyncDisposable {
  /** `http://HOST:PORT`. */
  readonly origin: string
  /** The API's address, `http://HOST:PORT/api`. */
  readonly apiUrl: string
  /** The stream's address, `http://HOST:PORT/m/stream`. */
  readonly streamUrl: string
  readonly username: string
  readonly password: string
  /** The administrator's `Authorization` header. */
  readonly authorization: string
  readonly settings: Settings
  /** The state, and what can happen to it. */
  readonly platform: Platform
  readonly accounts: Accounts
  /** Applications and tokens of OAuth. */
  readonly oauth: OAuthCredentials
  /** The platform's clock. */
  readonly clock: PlatformClock
  readonly faults: Faults
  readonly streams: Streams
  /** The record of requests. */
  readonly requests: Requests
  readonly rest: Rest
  /** Number of open TCP connections. */
  readonly connections: number
  /** Changes so many virtual machines a second from now on, instead of what it did before; 0 ends that. */
  churn(perSecond: number, options?: ChurnOptions): void
  /** Stops listening and resets all connections, as while the API restarts. */
  refuse(): void
  /** Refuses connections for some milliseconds. */
  refuseFor(ms: number): void
  /** Listens again on the same port. */
  accept(): void
  /** Ends everything and leaves nothing open. */
  stop(): Promise<void>
}

/** Starts a mock platform; port 0 takes a free one. */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const settings = settingsOf(options)
  const timers = new Timers()
  const clock = new PlatformClock(settings.now, settings.clockSkewMs)
  const random = randomOf(settings.seed)
  const events = new EventLog({ ...settings, clock, random })
  const platform = new Platform(settings, events, timers)
  const accounts = accountsOf(settings, clock)
  const oauth = new OAuthCredentials()
  const faults = new Faults()
  faults.delayMs = settings.delayMs
  const requests = new Requests()
  const rest = new Rest({ settings, platform, accounts, credentials: oauth })
  const streams = new Streams({ settings, log: events, timers, random })
  const control = settings.control ? controlHandler(() => mock) : null
  const location = () => (settings.oauthLocation === '' ? mock.apiUrl : settings.oauthLocation)
  const { oauthWindowMs: windowMs, hrefBase } = settings
  const verifier = new OAuthVerifier({ credentials: oauth, accounts, clock, windowMs, location })
  const endpoints = new OAuthEndpoints(oauth, verifier, hrefBase)
  const door = { accounts, verifier, endpoints }
  const gate = new Gate({ settings, door, faults, requests, rest, streams, timers, control })
  const { hostname, port, tls } = settings
  const date = () => (settings.dateHeader ? clock.httpDate() : null)
  const server = new HttpServer({ hostname, port, tls, date }, (exchange) => gate.handle(exchange))
  server.listen()

  const host = hostname.includes(':') ? `[${hostname}]` : hostname
  const origin = `${tls === undefined ? 'http' : 'https'}://${host}:${server.port}`
  let endChurn = () => {}
  const stop = async () => {
    endChurn()
    timers.clear()
    server.refuse()
  }
  const mock: Mock = {
    origin,
    apiUrl: `${origin}/api`,
    streamUrl: `${origin}/m/stream`,
    username: settings.username,
    password: settings.password,
    authorization: `Basic ${Buffer.from(`${settings.username}:${settings.password}`).toString('base64')}`,
    settings,
    platform,
    accounts,
    oauth,
    clock,
    faults,
    streams,
    requests,
    rest,
    get connections() {
      return server.connections
    },
    churn: (perSecond, churnOptions) => {
      endChurn()
      endChurn = perSecond > 0 ? churn(platform, perSecond, churnOptions) : () => {}
    },
    refuse: () => server.refuse(),
    refuseFor: (ms) => {
      // The answer to whoever asked for this goes out first.
      timers.after(0, () => server.refuse())
      timers.after(ms, () => server.listen())
    },
    accept: () => server.listen(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return mock
}

function accountsOf(settings: Settings, clock: PlatformClock): Accounts {
  const { username, password } = settings
  const accounts = new Accounts({ ...settings, now: () => clock.now() })
  accounts.set({ username, password, actor: { id: 1, nick: username, enterprise: { id: 1, name: 'Abiquo' } } })
  accounts.setBearers(username, settings.bearers)
  return accounts
}
