import { describe, expect, test } from 'bun:test'
import { ServiceState } from './service-state.ts'

const second = 1000
const ready = 'READY=1'
const fed = 'WATCHDOG=1'

/** A state that is asked when it wants to be, and what it told at which second. */
function stating(watchdogMs: number | null = null) {
  const world = { tokens: 3, age: 0, alive: true, broken: false }
  const told: [number, string][] = []
  let now = 0
  let nextAt = 0
  const line = () => ({ text: `${world.tokens} tokens, ${world.age} s`, substance: `${world.tokens} tokens` })
  const state = new ServiceState(watchdogMs, { line, alive: () => world.alive })
  const send = (datagram: string) => {
    if (world.broken) throw new Error('ECONNREFUSED')
    told.push([now / second, datagram])
  }
  const flush = () => {
    try {
      state.flush(now, send)
    } catch (error) {
      if (!world.broken) throw error
    }
    nextAt = now + state.dueIn(now)
  }
  return {
    state,
    world,
    flush,
    /** Lets so many seconds pass; gives what was told in them. */
    pass(seconds: number) {
      const from = told.length
      const end = now + seconds * second
      while (nextAt <= end) {
        now = Math.max(now, nextAt)
        flush()
      }
      now = end
      return told.slice(from)
    },
  }
}

/** A state that is ready since second 0, and what it told then. */
function readied(watchdogMs: number | null = null) {
  const all = stating(watchdogMs)
  all.state.ready()
  const first = all.pass(0).map(([, datagram]) => datagram)
  return { ...all, first }
}

test('nothing is told before it is ready, neither a status nor to the watchdog', () => {
  const { pass, state } = stating(2 * second)
  state.reloading(1n)
  state.reloaded()
  expect(pass(60)).toEqual([])
})

test('it is ready once, and how it does is told with that', () => {
  const { first, state, flush, pass } = readied()
  state.ready()
  flush()
  expect([first, pass(9)]).toEqual([[ready, 'STATUS=3 tokens, 0 s'], []])
})

describe('the status is told', () => {
  test('when it is another one, once in 10 s', () => {
    const { world, pass } = readied()
    pass(10)
    world.tokens = 4
    const soon = pass(9)
    world.tokens = 5
    const then = pass(1)
    world.tokens = 6
    expect([soon, then, pass(10)]).toEqual([[], [[20, 'STATUS=5 tokens, 0 s']], [[30, 'STATUS=6 tokens, 0 s']]])
  })

  test('soon after the start, when most becomes another one', () => {
    const { world, pass } = readied()
    world.tokens = 4
    const soon = pass(1)
    world.tokens = 5
    expect([soon, pass(9)]).toEqual([[[1, 'STATUS=4 tokens, 0 s']], [[2, 'STATUS=5 tokens, 0 s']]])
  })

  test('each half a minute where only its times are others', () => {
    const { world, pass } = readied()
    world.age = 8
    expect([pass(29), pass(1), pass(60)]).toEqual([[], [[30, 'STATUS=3 tokens, 8 s']], []])
  })
})

describe('the watchdog is fed', () => {
  test('at half its time', () => {
    const { first, pass } = readied(6 * second)
    expect(first).toEqual([ready, fed, 'STATUS=3 tokens, 0 s'])
    expect(pass(9)).toEqual([
      [3, fed],
      [6, fed],
      [9, fed],
    ])
  })

  test('only while our loops turn, and at once when they do again', () => {
    const { pass, world } = readied(60 * second)
    world.alive = false
    const still = pass(300)
    world.alive = true
    expect([still, pass(1), pass(29), pass(1)]).toEqual([[], [[301, fed]], [], [[331, fed]]])
  })

  test('by nobody where there is none', () => {
    expect(readied().pass(3600)).toEqual([])
  })

  test('whatever becomes of the status', () => {
    const told: string[] = []
    const line = () => {
      throw new Error('a defect')
    }
    const state = new ServiceState(second, { line, alive: () => true })
    state.ready()
    expect(() => state.flush(0, (datagram) => told.push(datagram))).toThrow('a defect')
    expect(told).toEqual([ready, fed])
  })
})

test('a reload begins with its moment, and ends by being ready', () => {
  const { state, pass } = readied()
  state.reloading(5n)
  state.reloaded()
  expect(pass(1)).toEqual([
    [1, 'RELOADING=1\nMONOTONIC_USEC=5'],
    [1, ready],
  ])
})

test('once its end is told nothing else is', () => {
  const { state, world, pass } = readied(2 * second)
  world.tokens = 9
  state.stopping()
  state.stopping()
  state.reloading(1n)
  state.reloaded()
  state.ready()
  expect(pass(60).map(([, datagram]) => datagram)).toEqual(['STOPPING=1\nSTATUS=Stopping'])
})

test('what could not be told is told later, all of it and in order', () => {
  const { state, world, flush, pass } = stating(20 * second)
  world.broken = true
  state.ready()
  flush()
  state.reloading(7n)
  state.reloaded()
  const broken = pass(5)
  world.broken = false
  expect([broken, pass(1)]).toEqual([
    [],
    [
      [6, ready],
      [6, 'RELOADING=1\nMONOTONIC_USEC=7'],
      [6, ready],
      [6, fed],
      [6, 'STATUS=3 tokens, 0 s'],
    ],
  ])
})
