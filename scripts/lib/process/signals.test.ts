import { expect, test } from 'bun:test'
import { EventEmitter } from 'node:events'
import { onSignals, type SignalProcess } from './signals.ts'

class FakeProcess extends EventEmitter implements SignalProcess {
  readonly exits: number[] = []

  exit(code: number): void {
    this.exits.push(code)
  }
}

test('each signal calls its function', () => {
  const host = new FakeProcess()
  const called: string[] = []
  using _ = onSignals(
    { HUP: () => called.push('HUP'), USR1: () => called.push('USR1'), USR2: () => called.push('USR2') },
    host,
  )
  for (const signal of ['SIGUSR2', 'SIGHUP', 'SIGHUP', 'SIGUSR1']) host.emit(signal)
  expect({ called, exits: host.exits }).toEqual({ called: ['USR2', 'HUP', 'HUP', 'USR1'], exits: [] })
})

test.each([
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGTERM', 'SIGINT', 130],
  ['SIGINT', 'SIGINT', 130],
])('%s and then %s exits at once with %i', (first, second, code) => {
  const host = new FakeProcess()
  let stops = 0
  using _ = onSignals({ TERM: () => stops++, INT: () => stops++ }, host)
  host.emit(first)
  expect({ stops, exits: host.exits }).toEqual({ stops: 1, exits: [] })
  host.emit(second)
  expect({ stops, exits: host.exits }).toEqual({ stops: 1, exits: [code] })
})

test('disposed, nothing is left registered', () => {
  const host = new FakeProcess()
  const registration = onSignals({ TERM: () => {}, INT: () => {}, HUP: () => {} }, host)
  expect(host.eventNames()).toEqual(['SIGTERM', 'SIGINT', 'SIGHUP'])
  registration[Symbol.dispose]()
  registration[Symbol.dispose]()
  expect(host.eventNames()).toEqual([])
})
