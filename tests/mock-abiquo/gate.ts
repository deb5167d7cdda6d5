import type { Accounts, LogIn } from './accounts.ts'
import { errorAnswer, errorFormat, htmlAnswer, textAnswer } from './answers.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Fault, Faults } from './faults.ts'
import type { HttpRequest } from './http-message.ts'
import type { Settings } from './options.ts'
import type { PagingMistake } from './paging.ts'
import type { RequestRecord, Requests } from './requests.ts'
import type { Rest } from './rest.ts'
import { sendFaulty } from './send-faulty.ts'
import type { Streams } from './stream.ts'
import type { Timers } from './timers.ts'

/** What the gate leads to. */
export interface GateParts {
  readonly settings: Settings
  readonly accounts: Accounts
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
    if (path.startsWith('/control/') && this.#parts.control !== null) {
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
    if (exchange.isOver || this.#interrupted(exchange, met)) return
    const { accounts, streams, timers } = this.#parts
    const logIn = accounts.check(exchange.request.headers.get('authorization'))
    record.username = logIn.ok ? logIn.account.username : logIn.username
    record.authorizationOk = !logIn.ok && logIn.why === 'missing' ? null : logIn.ok
    if (record.kind === 'rest') {
      sendFaulty(exchange, this.#restAnswer(exchange.request, logIn, met), met, timers)
      return
    }
    const silent = met.some((fault) => fault.kind === 'silent')
    if (logIn.ok) streams.connect(exchange, logIn.account, silent)
    else exchange.send(refusal(exchange.request))
  }

  #restAnswer(request: HttpRequest, logIn: LogIn, met: readonly Fault[]): Answer {
    const { settings, rest } = this.#parts
    if (request.path === '/api/version') return versionAnswer(request, settings.version)
    if (!request.path.startsWith('/api/')) return htmlAnswer(404, 'HTTP Status 404 - Not Found')
    return logIn.ok ? rest.answer(request, logIn.account, mistakesOf(met)) : refusal(request)
  }

  // True: a fault has taken the answer's place.
  #interrupted(exchange: Exchange, met: readonly Fault[]): boolean {
    for (const fault of met) {
      switch (fault.kind) {
        case 'reset':
          exchange.reset()
          return true
        case 'hang':
          return true
        case 'status': {
          const { status, code = `GEN-${status}`, message = 'Made to fail by a test', retryAfter } = fault
          const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
          const challenge = status === 401 ? basicChallenge : {}
          const format = errorFormat(exchange.request.headers.get('accept'))
          exchange.send(errorAnswer(status, code, message, format, { ...challenge, ...headers }))
          return true
        }
        case 'html':
          exchange.send(htmlAnswer(fault.status, fault.status === 200 ? 'Log in' : `HTTP Status ${fault.status}`))
          return true
        case 'redirect':
          exchange.send(htmlAnswer(fault.status ?? 302, 'Moved', { Location: fault.location }))
          return true
      }
    }
    return false
  }
}

const basicChallenge = { 'WWW-Authenticate': 'Basic realm="Abiquo Cloud Platform"' }

function refusal(request: HttpRequest): Answer {
  const format = errorFormat(request.headers.get('accept'))
  return errorAnswer(401, 'GEN-5', 'Invalid credentials', format, basicChallenge)
}

function versionAnswer(request: HttpRequest, version: string): Answer {
  if (request.headers.get('accept')?.includes('text/plain')) return textAnswer(200, 'text/plain', version)
  return textAnswer(
    200,
    'text/plain',
    `    _   ___ ___ ___\n   /_\\ | _ )_ _/ _ \\\n  / _ \\| _ \\| | (_) |\n /_/ \\_\\___/___\\__\\_\\\n\n${version}\n`,
  )
}

function mistakesOf(met: readonly Fault[]): PagingMistake[] {
  return met.flatMap((fault): PagingMistake[] => {
    switch (fault.kind) {
      case 'empty':
      case 'loop':
      case 'repeat':
      case 'duplicate':
        return [fault.kind]
      case 'total':
        return [{ totalOff: fault.by }]
      default:
        return []
    }
  })
}
