import type { Accounts } from './accounts.ts'
import { htmlAnswer, refusalAnswer, textAnswer } from './answers.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Fault, Faults } from './faults.ts'
import type { HttpRequest } from './http-message.ts'
import { interrupted, mistakesOf } from './interrupt.ts'
import type { LogIn, RefusedLogIn } from './log-in.ts'
import type { OAuthEndpoints } from './oauth-endpoints.ts'
import type { OAuthVerifier } from './oauth-verifier.ts'
import type { Settings } from './options.ts'
import type { RequestRecord, Requests } from './requests.ts'
import type { Rest } from './rest.ts'
import { sendFaulty } from './send-faulty.ts'
import type { Streams } from './stream.ts'
import type { Timers } from './timers.ts'

/** What the gate leads to. */
export interface GateParts {
  readonly settings: Settings
  /** What tells who asks, and lets applications in. */
  readonly door: {
    readonly accounts: Accounts
    readonly verifier: OAuthVerifier
    readonly endpoints: OAuthEndpoints
  }
  readonly faults: Faults
  readonly requests: Requests
  readonly rest: Rest
  readonly streams: Streams
  readonly timers: Timers
  /** Answers `/control/...`; null: there is no such thing. */
  readonly control: ((exchange: Exchange) => void) | null
}

/** Takes each request past the record, the faults and the log-in to the part that answers it. */
export class Gate {
  readonly #parts: GateParts

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** Handles one request. */
  handle(exchange: Exchange): void {
    const { path } = exchange.request
    if (/^\/control(?:\/|$)/.test(path) && this.#parts.control !== null) {
      this.#parts.control(exchange)
      return
    }
    const kind = path === '/m/stream' ? 'stream' : 'rest'
    const { faults, timers } = this.#parts
    const met = faults.meeting(exchange.request, kind)
    const record = this.#record(exchange, kind)
    const late = met.reduce(
      (sum, fault) => sum + (fault.kind === 'delay' ? fault.ms : 0),
      kind === 'rest' ? faults.delayMs : 0,
    )
    if (late > 0) timers.after(late, () => this.#serve(exchange, record, met))
    else this.#serve(exchange, record, met)
  }

  #record(exchange: Exchange, kind: 'rest' | 'stream'): RequestRecord {
    const { request } = exchange
    const record: RequestRecord = {
      method: request.method,
      path: request.target,
      at: performance.now(),
      kind,
      accept: request.headers.get('accept') ?? null,
      userAgent: request.headers.get('user-agent') ?? null,
      username: null,
      authorizationOk: null,
      authorizationScheme: null,
      authorizationWhy: null,
      status: null,
      bytes: 0,
      durationMs: null,
    }
    const end = this.#parts.requests.begin(record)
    exchange.whenOver(() => end(exchange.status, exchange.bytes))
    return record
  }

  // A fault stands in front of the platform, as a proxy does: what it takes never counts as a bad log-in.
  #serve(exchange: Exchange, record: RequestRecord, met: readonly Fault[]): void {
    if (exchange.isOver || interrupted(exchange, met)) return
    const { request } = exchange
    const { streams, timers } = this.#parts
    if (record.kind === 'rest') {
      sendFaulty(exchange, this.#restAnswer(request, record, met), met, timers)
    } else if (streams.available) {
      const logIn = this.#logIn(request, record)
      const silent = met.some((fault) => fault.kind === 'silent')
      if (logIn.ok) streams.connect(exchange, logIn.account, silent)
      else exchange.send(refusalAnswer(request, logIn))
    } else exchange.send(notFound)
  }

  #restAnswer(request: HttpRequest, record: RequestRecord, met: readonly Fault[]): Answer {
    const { settings, rest, door } = this.#parts
    const issued = door.endpoints.issue(request)
    if (issued !== null) return this.#answerOrRefusal(request, record, issued)
    const logIn = this.#logIn(request, record)
    if (request.path === '/api/version') return versionAnswer(request, settings.version)
    if (!request.path.startsWith('/api/')) return notFound
    if (!logIn.ok) return refusalAnswer(request, logIn)
    const authorized = door.endpoints.authorize(request, logIn.account)
    if (authorized !== null) return this.#answerOrRefusal(request, record, authorized)
    return rest.answer(request, logIn.account, mistakesOf(met))
  }

  // M asks the log-in of the API with the header it was given, so what holds there holds for the stream.
  #logIn(request: HttpRequest, record: RequestRecord): LogIn {
    const { accounts, verifier } = this.#parts.door
    const header = request.headers.get('authorization')
    const place = record.kind === 'stream' || request.path === '/api/login' ? 'login' : 'elsewhere'
    const isSigned = /^OAuth\s/i.test(header ?? '')
    const logIn = isSigned ? verifier.logIn(request, record.kind) : accounts.check(header, place)
    record.username = logIn.ok ? logIn.account.username : logIn.username
    record.authorizationScheme = logIn.scheme
    record.authorizationOk = !logIn.ok && logIn.why === 'missing' ? null : logIn.ok
    record.authorizationWhy = logIn.ok ? null : logIn.why
    return logIn
  }

  #answerOrRefusal(request: HttpRequest, record: RequestRecord, answer: Answer | RefusedLogIn): Answer {
    const refusal = 'why' in answer ? answer : null
    record.authorizationScheme ??= 'oauth'
    record.authorizationOk = refusal === null
    record.authorizationWhy = refusal?.why ?? null
    return 'why' in answer ? refusalAnswer(request, answer) : answer
  }
}

const notFound = htmlAnswer(404, 'HTTP Status 404 - Not Found')

function versionAnswer(request: HttpRequest, version: string): Answer {
  if (request.headers.get('accept')?.includes('text/plain')) return textAnswer(200, 'text/plain', version)
  return textAnswer(
    200,
    'text/plain',
    `    _   ___ ___ ___\n   /_\\ | _ )_ _/ _ \\\n  / _ \\| _ \\| | (_) |\n /_/ \\_\\___/___\\__\\_\\\n\n${version}\n`,
  )
}
