import { describe, expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { ApiError } from '../errors.ts'
import { FakeClock, settled } from '../testing/fake-clock.ts'
import { LoginGate, type LoginGateOptions } from './login-gate.ts'

const url = 'https://h/api/login'
const minute = 60_000
const refused = () => new ApiError('login-refused', 'The platform refuses the log-in', { url, status: 401 })
const unreachable = () => new ApiError('unreachable', 'Nobody there', { url })
const busy = (retryAfterMs: number) => new ApiError('busy', 'Too much', { url, status: 503, retryAfterMs })

/** A gate whose log-ins the test settles one by one. */
function gateWith(patient: boolean, random = () => 0, more: Partial<LoginGateOptions> = {}) {
  const clock = new FakeClock()
  const probes: { accept: () => void; refuse: (error: unknown) => void; signal: AbortSignal; at: number }[] = []
  const probe = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    probes.push({ accept: resolve, refuse: reject, signal, at: clock.now() })
    return promise
  }
  const gate = new LoginGate({ probe, clock, patient, random, ...more })
  return { gate, clock, probes }
}

/** Follows what passes the gate: `waiting`, the number of its log-in, or the message of its error. */
function follow(passing: Promise<number>): { state: string | number } {
  const followed: { state: string | number } = { state: 'waiting' }
  passing.then(
    (login) => {
      followed.state = login
    },
    (error: unknown) => {
      followed.state = error instanceof Error ? error.message : String(error)
    },
  )
  return followed
}

describe('any gate', () => {
  test.each([[true], [false]])('many that wait cost one log-in (patient: %p)', async (patient) => {
    const { gate, probes } = gateWith(patient)
    expect(gate.status()).toEqual({ state: 'unknown', why: null, retryAt: null })
    const waiting = Array.from({ length: 20 }, () => follow(gate.pass()))
    await settled()
    expect([probes.length, waiting.every(({ state }) => state === 'waiting')]).toEqual([1, true])
    probes[0]?.accept()
    await settled()
    expect(waiting.map(({ state }) => state)).toEqual(Array(20).fill(1))
    expect(gate.status()).toEqual({ state: 'accepted', why: null, retryAt: null })
    expect(await gate.pass()).toBe(1)
    expect(probes.length).toBe(1)
  })

  test('after a 401 all wait for one log-in again', async () => {
    const { gate, probes } = gateWith(true)
    const first = gate.pass()
    probes[0]?.accept()
    const login = await first
    expect(gate.holds(login)).toBe(true)
    gate.rejected(login)
    expect([gate.holds(login), gate.status().state]).toEqual([false, 'unknown'])
    const waiting = [follow(gate.pass()), follow(gate.pass())]
    // Others that were in flight are answered 401 too: no news.
    gate.rejected(login)
    await settled()
    expect([probes.length, waiting.map(({ state }) => state)]).toEqual([2, ['waiting', 'waiting']])
    probes[1]?.accept()
    await settled()
    expect(waiting.map(({ state }) => state)).toEqual([2, 2])
    gate.rejected(login)
    expect([gate.holds(login), gate.holds(2), await gate.pass()]).toEqual([false, true, 2])
    expect(probes.length).toBe(2)
  })

  test('who leaves while waiting leaves no listener, and the log-in goes on for the others', async () => {
    const { gate, probes } = gateWith(true)
    const controller = new AbortController()
    const leaving = follow(gate.pass(controller.signal))
    const staying = follow(gate.pass())
    controller.abort(new Error('enough'))
    await settled()
    probes[0]?.accept()
    await settled()
    expect([leaving.state, staying.state, probes.length]).toEqual(['enough', 1, 1])
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    expect(follow(gate.pass(controller.signal)).state).toBe('waiting')
    await expect(gate.pass(controller.signal)).rejects.toThrow('enough')
  })

  test('who passed leaves no listener', async () => {
    const { gate, probes } = gateWith(true)
    const { signal } = new AbortController()
    const passing = gate.pass(signal)
    probes[0]?.accept()
    await passing
    for (let again = 0; again < 10; again++) await gate.pass(signal)
    await settled()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('a log-in that all who waited have left fails unnoticed', async () => {
    const { gate, probes } = gateWith(false)
    const controller = new AbortController()
    const leaving = follow(gate.pass(controller.signal))
    controller.abort(new Error('enough'))
    await settled()
    probes[0]?.refuse(unreachable())
    await settled()
    expect(leaving.state).toBe('enough')
  })

  test('once closed it lets nobody through, also while its log-in is accepted', async () => {
    const { gate, probes } = gateWith(true)
    const first = gate.pass()
    probes[0]?.accept()
    await first
    gate.close(new Error('closed'))
    gate.close(new Error('closed again'))
    expect(gate.holds(1)).toBe(false)
    await expect(gate.pass()).rejects.toThrow('closed')
    await expect(gate.pass()).rejects.not.toThrow('again')
    expect(probes.length).toBe(1)
  })

  test('closing it ends a log-in on its way and those who wait for it', async () => {
    const { gate, probes } = gateWith(true)
    const waiting = [follow(gate.pass()), follow(gate.pass())]
    gate.close(new Error('closed'))
    expect(probes[0]?.signal.aborted).toBe(true)
    probes[0]?.refuse(probes[0].signal.reason)
    await settled()
    expect([waiting.map(({ state }) => state), probes.length]).toEqual([['closed', 'closed'], 1])
  })

  test('a log-in that is accepted after the closing opens nothing', async () => {
    const { gate, probes } = gateWith(false)
    const waiting = follow(gate.pass())
    gate.close(new Error('closed'))
    probes[0]?.accept()
    await settled()
    expect([waiting.state, gate.status().state]).toEqual(['closed', 'unknown'])
  })
})

describe('a log-in that holds for a time', () => {
  test('is renewed once for all who come after it', async () => {
    let validMs: number | null = null
    const { gate, clock, probes } = gateWith(false, () => 0, { validMs: () => validMs })
    void gate.pass()
    probes[0]?.accept()
    await settled()
    await clock.advance(10 * minute)
    expect(await gate.pass()).toBe(1)
    // Counted from the log-in, also where it is known later only.
    validMs = 10 * minute + 1
    expect(await gate.pass()).toBe(1)
    await clock.advance(1)
    const waiting = [follow(gate.pass()), follow(gate.pass()), follow(gate.pass())]
    await settled()
    expect([probes.length, gate.holds(1), waiting.map(({ state }) => state)]).toEqual([
      2,
      false,
      Array(3).fill('waiting'),
    ])
    probes[1]?.accept()
    await settled()
    expect(waiting.map(({ state }) => state)).toEqual([2, 2, 2])
    await clock.advance(10 * minute)
    expect([await gate.pass(), probes.length]).toEqual([2, 2])
  })

  test.each([[0], [-1], [999]])('of %p ms holds for a second: the gate never turns in place', async (validMs) => {
    const { gate, clock, probes } = gateWith(false, () => 0, { validMs: () => validMs })
    const first = follow(gate.pass())
    probes[0]?.accept()
    await settled()
    await clock.advance(999)
    expect([first.state, await gate.pass(), probes.length]).toEqual([1, 1, 1])
    await clock.advance(1)
    void follow(gate.pass())
    await settled()
    expect(probes.length).toBe(2)
  })
})

describe('a log-in that succeeds', () => {
  /** A gate that counts how often it tells that the log-in was accepted again. */
  function telling(patient = false) {
    let told = 0
    const onAcceptedAgain = () => {
      told++
    }
    return { ...gateWith(patient, () => 0, { onAcceptedAgain }), told: () => told }
  }

  test('after a 401 is told once, before anybody passes', async () => {
    const { gate, probes, told } = telling()
    const first = gate.pass()
    probes[0]?.accept()
    const login = await first
    expect(told()).toBe(0)
    for (let inFlight = 0; inFlight < 8; inFlight++) gate.rejected(login)
    const passed = gate.pass().then(() => told())
    await settled()
    probes[1]?.accept()
    expect(await passed).toBe(1)
    gate.rejected(login)
    expect([await gate.pass(), told()]).toEqual([2, 1])
    gate.lost(2)
    const third = gate.pass()
    await settled()
    probes[2]?.accept()
    expect([await third, told()]).toEqual([3, 1])
  })

  test('after a 401 and failures is told too', async () => {
    const { gate, clock, probes, told } = telling(true)
    const first = gate.pass()
    probes[0]?.accept()
    gate.rejected(await first)
    void follow(gate.pass())
    await settled()
    probes[1]?.refuse(unreachable())
    await clock.advance(1000)
    expect(told()).toBe(0)
    probes[2]?.accept()
    await settled()
    expect(told()).toBe(1)
  })

  test('with other credentials, or after its own could not be had, says nothing of the 401 before', async () => {
    const { gate, probes, told } = telling()
    const first = gate.pass()
    probes[0]?.accept()
    gate.rejected(await first)
    gate.retryNow()
    const second = gate.pass()
    await settled()
    probes[1]?.accept()
    gate.lost(await second)
    const third = gate.pass()
    await settled()
    probes[2]?.accept()
    await third
    expect([probes.length, told()]).toEqual([3, 0])
  })
})

describe('new credentials', () => {
  test('end the log-in on its way, whose outcome no longer counts', async () => {
    const { gate, probes } = gateWith(true)
    const waiting = follow(gate.pass())
    gate.retryNow()
    expect(probes[0]?.signal.aborted).toBe(true)
    probes[0]?.refuse(refused())
    await settled()
    expect([probes.length, gate.status().state, waiting.state]).toEqual([2, 'unknown', 'waiting'])
    probes[1]?.accept()
    await settled()
    expect(waiting.state).not.toBe('waiting')
    expect(gate.status().state).toBe('accepted')
  })

  test('need a log-in of their own, also where the old one was accepted meanwhile', async () => {
    const { gate, probes } = gateWith(true)
    const waiting = follow(gate.pass())
    gate.retryNow()
    probes[0]?.accept()
    await settled()
    expect([probes.length, waiting.state]).toEqual([2, 'waiting'])
  })

  test('need a log-in of their own after an accepted one, whose late 401 then says nothing', async () => {
    const { gate, probes } = gateWith(true)
    const first = gate.pass()
    probes[0]?.accept()
    const login = await first
    gate.retryNow()
    const waiting = gate.pass()
    await settled()
    expect(probes.length).toBe(2)
    probes[1]?.accept()
    const renewed = await waiting
    gate.rejected(login)
    expect(gate.holds(renewed)).toBe(true)
  })
})

describe('a patient gate', () => {
  test('tries a refused log-in again after 5, 10, 20, 30 and 30 min', async () => {
    const { gate, clock, probes } = gateWith(true, Math.random)
    const waiting = follow(gate.pass())
    for (const minutes of [5, 10, 20, 30, 30]) {
      probes.at(-1)?.refuse(refused())
      await settled()
      const retryAt = clock.now() + minutes * minute
      expect(gate.status()).toEqual({ state: 'refused', why: 'The platform refuses the log-in', retryAt })
      const tries = probes.length
      await clock.advance(minutes * minute - 1)
      expect(probes.length).toBe(tries)
      await clock.advance(1)
      expect(probes.length).toBe(tries + 1)
    }
    probes.at(-1)?.accept()
    await settled()
    expect([waiting.state, gate.status().state]).toEqual([1, 'accepted'])
  })

  test('begins with 5 min again after a log-in that was accepted', async () => {
    const { gate, clock, probes } = gateWith(true)
    void gate.pass()
    probes[0]?.refuse(refused())
    await clock.advance(5 * minute)
    probes[1]?.accept()
    gate.rejected(await gate.pass())
    void follow(gate.pass())
    await settled()
    probes[2]?.refuse(refused())
    await settled()
    expect(gate.status().retryAt).toBe(clock.now() + 5 * minute)
  })

  test('backs off while the platform is out of reach', async () => {
    const { gate, clock, probes } = gateWith(true)
    const waiting = follow(gate.pass())
    for (const ms of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      probes.at(-1)?.refuse(unreachable())
      await settled()
      expect(gate.status()).toEqual({ state: 'failing', why: 'Nobody there', retryAt: clock.now() + ms })
      await clock.advance(ms)
    }
    expect([probes.length, waiting.state]).toEqual([8, 'waiting'])
  })

  test('waits for as long as the platform asks, and a little longer', async () => {
    const { gate, clock, probes } = gateWith(true, () => 0.5)
    void gate.pass()
    probes[0]?.refuse(busy(20_000))
    await settled()
    expect(gate.status().retryAt).toBe(21_000)
    await clock.advance(21_000)
    probes[1]?.refuse(busy(600_000))
    await settled()
    expect(gate.status().retryAt).toBe(21_000 + 602_500)
    await clock.advance(602_500)
    // Less than the back-off would wait.
    probes[2]?.refuse(busy(100))
    await settled()
    expect(gate.status().retryAt).toBe(623_500 + 3000)
  })

  test('tries at once when it is told to, and counts anew', async () => {
    const { gate, clock, probes } = gateWith(true)
    const waiting = follow(gate.pass())
    probes[0]?.refuse(refused())
    await clock.advance(5 * minute)
    probes[1]?.refuse(refused())
    await settled()
    expect(clock.left).toEqual([10 * minute])
    gate.retryNow()
    await settled()
    expect([probes.length, clock.left]).toEqual([3, []])
    probes[2]?.refuse(refused())
    await settled()
    expect([waiting.state, clock.left]).toEqual(['waiting', [5 * minute]])
  })

  test('closed while it waits, it leaves no timer and tells the reason', async () => {
    const { gate, clock, probes } = gateWith(true)
    const waiting = follow(gate.pass())
    probes[0]?.refuse(refused())
    await settled()
    gate.close(new Error('closed'))
    await settled()
    expect([waiting.state, clock.left, probes.length]).toEqual(['closed', [], 1])
  })

  test('one who comes while others wait does not hasten the next try', async () => {
    const { gate, clock, probes } = gateWith(true)
    const first = new AbortController()
    void follow(gate.pass(first.signal))
    probes[0]?.refuse(refused())
    await settled()
    first.abort()
    await clock.advance(minute)
    const later = follow(gate.pass())
    await clock.advance(4 * minute - 1)
    expect(probes.length).toBe(1)
    await clock.advance(1)
    probes[1]?.accept()
    await settled()
    expect([probes.length, later.state]).toEqual([2, 1])
  })
})

describe('a gate that is not patient', () => {
  test('tells all who wait that the log-in is refused, and keeps to it without asking again', async () => {
    const { gate, clock, probes } = gateWith(false)
    const waiting = [follow(gate.pass()), follow(gate.pass())]
    probes[0]?.refuse(refused())
    await settled()
    const why = 'The platform refuses the log-in'
    expect(waiting.map(({ state }) => state)).toEqual([why, why])
    await clock.advance(5 * minute - 1)
    await expect(gate.pass()).rejects.toThrow(why)
    expect([probes.length, gate.status()]).toEqual([1, { state: 'refused', why, retryAt: 5 * minute }])
    await clock.advance(1)
    void follow(gate.pass())
    await settled()
    expect(probes.length).toBe(2)
  })

  test('tries at once after new credentials', async () => {
    const { gate, probes } = gateWith(false)
    const first = follow(gate.pass())
    probes[0]?.refuse(refused())
    await settled()
    gate.retryNow()
    const second = follow(gate.pass())
    probes[1]?.accept()
    await settled()
    expect([first.state, typeof second.state, probes.length]).toEqual(['The platform refuses the log-in', 'number', 2])
  })

  test('asks again at once where the platform was out of reach', async () => {
    const { gate, probes } = gateWith(false)
    const first = follow(gate.pass())
    probes[0]?.refuse(unreachable())
    await settled()
    const second = follow(gate.pass())
    probes[1]?.accept()
    await settled()
    expect([first.state, second.state]).toEqual(['Nobody there', 1])
  })

  test('does not ask again before the time that the platform asked for', async () => {
    const { gate, clock, probes } = gateWith(false)
    void follow(gate.pass())
    probes[0]?.refuse(busy(20_000))
    await settled()
    await clock.advance(19_999)
    await expect(gate.pass()).rejects.toThrow('Too much')
    expect(probes.length).toBe(1)
    await clock.advance(1)
    void follow(gate.pass())
    expect(probes.length).toBe(2)
  })

  test('asks at most 20 times a minute for a log-in that fails, however often it is asked', async () => {
    const { gate, clock, probes } = gateWith(false)
    const outcomes = new Set<unknown>()
    const triesAt = async (seconds: number) => {
      for (let call = 0; call < 50; call++) {
        const passing = follow(gate.pass())
        await settled()
        probes.at(-1)?.refuse(unreachable())
        await settled()
        outcomes.add(passing.state)
      }
      const tries = probes.length
      await clock.advance(seconds * 1000)
      return tries
    }
    expect([await triesAt(30), await triesAt(29.999), await triesAt(0.001), await triesAt(0)]).toEqual([20, 20, 20, 40])
    expect([...outcomes]).toEqual(['Nobody there'])
    gate.retryNow()
    const passing = gate.pass()
    await settled()
    probes[40]?.accept()
    expect(await passing).toBeGreaterThan(0)
  })
})
