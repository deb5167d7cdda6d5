import type { Answer, Exchange } from './exchange.ts'
import type { Fault } from './faults.ts'
import type { Timers } from './timers.ts'

const drips = 20

/** Sends an answer, spoilt as the faults want it. */
export function sendFaulty(exchange: Exchange, answer: Answer, faults: readonly Fault[], timers: Timers): void {
  for (const fault of faults) {
    switch (fault.kind) {
      case 'garbage':
        exchange.send({ ...answer, body: [Buffer.from('{"links":[],"collection":[{"id":1,"vdrpIP":')] })
        return
      case 'cut':
        cut(exchange, answer, fault.share ?? 0.5)
        return
      case 'drip':
        drip(exchange, answer, fault.ms, timers)
        return
    }
  }
  exchange.send(answer)
}

function cut(exchange: Exchange, answer: Answer, share: number): void {
  const body = Buffer.concat(answer.body)
  exchange.open(answer.status, answer.headers, body.length)
  exchange.write(body.subarray(0, Math.floor(body.length * share)))
  exchange.hangUp()
}

function drip(exchange: Exchange, answer: Answer, ms: number, timers: Timers): void {
  const body = Buffer.concat(answer.body)
  exchange.open(answer.status, answer.headers, body.length)
  const piece = Math.ceil(body.length / drips)
  let at = 0
  const next = () => {
    if (exchange.isOver) return
    exchange.write(body.subarray(at, at + piece))
    at += piece
    if (at >= body.length) exchange.end()
    else timers.after(ms / drips, next)
  }
  timers.after(ms / drips, next)
}
