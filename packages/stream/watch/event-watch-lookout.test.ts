import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { FakePlatform, failing } from '../testing/fake-platform.ts'
import { following } from '../testing/following.ts'

/** A watch whose connection looks out for the platform, with its stream open. */
async function watched() {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  const follower = following(platform, { looksOut: true, idleTimeoutMs: 150_000 })
  await clock.advance(0)
  return { clock, platform, follower, [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() }
}

/** Nothing can be reached until the function that this gives is called. */
function unreachable(platform: FakePlatform): () => void {
  const away = () => Promise.reject(Object.assign(new Error('Refused'), { code: 'ECONNREFUSED' }))
  Object.assign(platform, { answerStream: away, answerHistory: away, answerLook: away })
  return () => {
    const there = () => undefined
    Object.assign(platform, { answerStream: there, answerHistory: there, answerLook: there })
  }
}

test('a stream that waits after an outage is opened within 2 s of its end, however long it lasted', async () => {
  await using made = await watched()
  const { clock, platform, follower } = made
  const comeBack = unreachable(platform)
  platform.cut(new Error('Reset'))
  platform.happen('A')
  await clock.advance(100_000)
  comeBack()
  follower.clear()
  await clock.advance(2000)
  expect(follower.told.slice(0, 3)).toEqual(['open', expect.stringMatching(/^gap, closing: /), 'A recovered'])
})

test('an open stream that was silent while nothing else was answered is opened anew', async () => {
  await using made = await watched()
  const { clock, platform, follower } = made
  await clock.advance(10_000)
  const comeBack = unreachable(platform)
  platform.happen('LOST', { streamed: false })
  void follower.connection.get('/events?limit=1', { accept: 'events' }).catch(() => null)
  await clock.advance(20_000)
  comeBack()
  follower.clear()
  await clock.advance(2000)
  expect(follower.told.slice(0, 3)).toEqual(['open', expect.stringMatching(/^gap, closing: /), 'LOST recovered'])
})

test('an open stream that was heard meanwhile is left alone', async () => {
  await using made = await watched()
  const { clock, platform, follower } = made
  const comeBack = unreachable(platform)
  void follower.connection.get('/events?limit=1', { accept: 'events' }).catch(() => null)
  await clock.advance(20_000)
  platform.send(':heartbeat\n\n')
  await clock.advance(0)
  comeBack()
  await clock.advance(10_000)
  expect(platform.count('stream')).toBe(1)
})

test('a stream that is refused, or told to wait, is not tried sooner', async () => {
  for (const answer of [() => failing(401), () => failing(403), () => failing(503, { 'retry-after': '600' })]) {
    await using made = await watched()
    const { clock, platform, follower } = made
    platform.answerStream = answer
    platform.cut()
    await clock.advance(30_000)
    const asked = platform.count('stream')
    const comeBack = unreachable(platform)
    void follower.connection.get('/events?limit=1', { accept: 'events' }).catch(() => null)
    await clock.advance(10_000)
    comeBack()
    await clock.advance(60_000)
    expect(platform.count('stream')).toBe(asked)
  }
})

test('a stream that alone is out of reach is tried at most once in 15 s in the end', async () => {
  await using made = await watched()
  const { clock, platform } = made
  platform.answerStream = () => Promise.reject(new Error('Refused'))
  platform.cut()
  await clock.advance(300_000)
  const asked = platform.count('stream')
  await clock.advance(300_000)
  expect(platform.count('stream') - asked).toBeLessThanOrEqual(20)
})
