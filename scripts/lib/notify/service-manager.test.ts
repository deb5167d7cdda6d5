import { expect, test } from 'bun:test'
import { FakeClock, settled } from '../../../packages/api/testing/fake-clock.ts'
import type { NotifySocket } from './notify-socket.ts'
import { serviceManager } from './service-manager.ts'

/** A service manager's end of it all, and ours. */
function managed(environment: Record<string, string>, failure: { send?: string; open?: string } = {}) {
  const clock = new FakeClock()
  const told: string[] = []
  const warned: string[] = []
  const opened: string[] = []
  const world = { alive: true, failure, closed: 0 }
  const socket: NotifySocket = {
    send: (text) => {
      if (world.failure.send !== undefined) throw new Error(world.failure.send)
      told.push(text)
    },
    monotonicMicros: () => 77n,
    [Symbol.dispose]: () => {
      world.closed++
    },
  }
  const manager = serviceManager({
    line: () => ({ text: 'well', substance: 'well' }),
    alive: () => world.alive,
    clock,
    logger: { warn: (text: unknown) => void warned.push(String(text)) },
    environment,
    pid: 42,
    open: (address) => {
      opened.push(address)
      if (failure.open !== undefined) throw new Error(failure.open)
      return socket
    },
  })
  return { manager, clock, told, warned, opened, world }
}

const environment = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' }

test('without a service manager nothing is opened or told, and a reload is done all the same', () => {
  const { manager, clock, opened, told, warned } = managed({ WATCHDOG_USEC: '1' })
  let reloads = 0
  manager.ready()
  manager.reload(() => reloads++)
  manager.stopping()
  manager[Symbol.dispose]()
  expect([reloads, opened, told, warned, clock.left]).toEqual([1, [], [], [], []])
})

test('a life: ready, fed, reloading, stopping, and nothing left open', async () => {
  const { manager, clock, opened, told, world, warned } = managed(environment)
  manager.ready()
  await clock.advance(30_000)
  manager.reload(() => told.push('(reading)'))
  manager.stopping()
  manager[Symbol.dispose]()
  await settled()
  expect([opened, world.closed, clock.left, warned]).toEqual([['/run/notify'], 1, [], []])
  expect(told).toEqual([
    'READY=1',
    'WATCHDOG=1',
    'STATUS=well',
    'WATCHDOG=1',
    'RELOADING=1\nMONOTONIC_USEC=77',
    '(reading)',
    'READY=1',
    'STOPPING=1\nSTATUS=Stopping',
  ])
})

test('a reload that fails ends as well', () => {
  const { manager, told } = managed(environment)
  manager.ready()
  const fail = () => {
    throw new Error('bad settings')
  }
  expect(() => manager.reload(fail)).toThrow('bad settings')
  manager[Symbol.dispose]()
  expect(told.slice(-2)).toEqual(['RELOADING=1\nMONOTONIC_USEC=77', 'READY=1'])
})

test('nothing is fed while a loop stands still, and at once when it turns again', async () => {
  const { manager, clock, told, world } = managed(environment)
  manager.ready()
  await settled()
  world.alive = false
  told.length = 0
  await clock.advance(600_000)
  const still = [...told]
  world.alive = true
  await clock.advance(1000)
  manager[Symbol.dispose]()
  expect([still, told]).toEqual([[], ['WATCHDOG=1']])
})

test('a socket that fails is warned of once, and told all once it works', async () => {
  const { manager, clock, told, warned, world } = managed(environment, { send: 'ECONNREFUSED' })
  manager.ready()
  await clock.advance(60_000)
  const warnings = [...warned]
  world.failure = {}
  await clock.advance(1000)
  manager[Symbol.dispose]()
  expect([warnings, told]).toEqual([
    ['The service manager cannot be told how this program stands: ECONNREFUSED'],
    ['READY=1', 'WATCHDOG=1', 'STATUS=well'],
  ])
})

test('a socket that cannot be had is warned of once', () => {
  const { manager, warned, told } = managed(environment, { open: 'no such library' })
  manager.ready()
  manager.reload(() => {})
  manager[Symbol.dispose]()
  expect([warned, told]).toEqual([['The service manager cannot be told how this program stands: no such library'], []])
})
