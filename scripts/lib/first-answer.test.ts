import { expect, test } from 'bun:test'
import type { Fetch } from '@novnc-tokens/api'
import { FakeClock } from '../../packages/api/testing/fake-clock.ts'
import { tellingFirstWait } from './first-answer.ts'

/** Requests that are answered, or fail, when the test says so. */
function slowApi() {
  const clock = new FakeClock()
  const lines: unknown[][] = []
  const requests: PromiseWithResolvers<Response>[] = []
  const fetch: Fetch = () => {
    const request = Promise.withResolvers<Response>()
    requests.push(request)
    return request.promise
  }
  const logger = { info: (...line: unknown[]) => void lines.push(line) }
  const send = tellingFirstWait({ api: 'https://h/api', logger, clock, fetch })
  return { clock, lines, requests, send: () => send('https://h/api/login', {}).catch((error: unknown) => error) }
}

const line = [{ url: 'https://h/api' }, "Waiting for the API's first answer"]

test('a first answer that does not come is told once, after ten seconds, whatever is sent next', async () => {
  const { clock, lines, requests, send } = slowApi()
  const first = send()
  await clock.advance(9999)
  const early = [...lines]
  await clock.advance(1)
  const failure = new Error('No')
  requests[0]?.reject(failure)
  expect(await first).toBe(failure)
  void send()
  await clock.advance(60_000)
  expect({ early, lines, left: clock.left }).toEqual({ early: [], lines: [line], left: [] })
})

test('an answer in time leaves no timer, and no later one is waited for', async () => {
  const { clock, lines, requests, send } = slowApi()
  const first = send()
  await clock.advance(9999)
  const answer = new Response('')
  requests[0]?.resolve(answer)
  expect(await first).toBe(answer)
  const left = clock.left
  void send()
  await clock.advance(60_000)
  expect({ lines, left }).toEqual({ lines: [], left: [] })
})

test('a connection that fails is no answer: the next one is waited for, too', async () => {
  const { clock, lines, requests, send } = slowApi()
  const first = send()
  requests[0]?.reject(new Error('No'))
  await first
  const left = clock.left
  void send()
  await clock.advance(10_000)
  expect({ left, lines }).toEqual({ left: [], lines: [line] })
})
