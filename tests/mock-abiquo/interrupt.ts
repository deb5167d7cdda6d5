import { basicChallenge, errorAnswer, errorFormat, htmlAnswer } from './answers.ts'
import type { Exchange } from './exchange.ts'
import type { Fault } from './faults.ts'
import type { Headers } from './http-message.ts'
import type { PagingMistake } from './paging.ts'

/** Lets a fault take the answer's place; false: none of them does. */
export function interrupted(exchange: Exchange, met: readonly Fault[]): boolean {
  for (const fault of met) {
    switch (fault.kind) {
      case 'reset':
        exchange.reset()
        return true
      case 'hang':
        return true
      case 'status': {
        const { status, code = `GEN-${status}`, message = 'Made to fail by a test' } = fault
        const challenge = status === 401 ? basicChallenge : {}
        const format = errorFormat(exchange.request.headers.get('accept'))
        exchange.send(errorAnswer(status, code, message, format, { ...challenge, ...retryAfterOf(fault) }))
        return true
      }
      case 'html': {
        const title = fault.status === 200 ? 'Log in' : `HTTP Status ${fault.status}`
        exchange.send(htmlAnswer(fault.status, title, retryAfterOf(fault)))
        return true
      }
      case 'redirect':
        exchange.send(htmlAnswer(fault.status ?? 302, 'Moved', { Location: fault.location }))
        return true
    }
  }
  return false
}

/** What faults do to lists. */
export function mistakesOf(met: readonly Fault[]): PagingMistake[] {
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

function retryAfterOf({ retryAfter }: { readonly retryAfter?: string | number }): Headers {
  return retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
}
