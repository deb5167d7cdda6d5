import { expect, test } from 'bun:test'
import { added, at, fileOf, removed, running } from '../testing/running.ts'
import { tokenOf } from '../token/token.ts'
import { BlockedError } from './output.ts'

const blockedAt = (...ports: number[]) =>
  new BlockedError('a folder is in the way', new Set(ports.map((port) => tokenOf(at(port)))), { added: 1, removed: 0 })

test('what is in the way of one token holds up no other, is told, and is tried again', async () => {
  await using all = await running()
  await all.start()
  all.output.failures.set('write', blockedAt(1))
  all.runner.push([added(1), added(2)])
  await all.clock.advance(0)
  const first = all.runner.status()
  // However long the back-off has become.
  await all.clock.advance(60_000)
  const before = all.output.done.write
  all.runner.push([added(3)])
  await all.clock.advance(0)
  const tries = [before > 3 && before < 10, all.output.done.write - before]
  all.output.failures.clear()
  await all.clock.advance(30_000)
  expect([tries, all.output.told.at(-1), all.output.text]).toEqual([[true, 1], [tokenOf(at(1))], fileOf(1, 2, 3)])
  expect([first, all.runner.status()]).toMatchObject([
    { error: 'a folder is in the way', errorCode: 'blocked', pending: 1, writes: 1 },
    { error: null, errorCode: null, pending: 0 },
  ])
  expect(all.notes.slice(0, 3)).toMatchObject([
    { kind: 'loaded' },
    { kind: 'written', added: 1, removed: 0 },
    { kind: 'write-blocked', why: 'a folder is in the way', retryInMs: 1000 },
  ])
})

test('what is in the way of a token that nobody needs any more is no trouble', async () => {
  await using all = await running()
  await all.start()
  all.output.failures.set('write', blockedAt(1))
  all.runner.push([added(1)])
  await all.clock.advance(0)
  all.output.failures.clear()
  all.runner.push([removed(1)])
  await all.clock.advance(1000)
  expect(all.runner.status()).toMatchObject({ error: null, pending: 0 })
})

test('what is due at the end is written although something is in the way of another token', async () => {
  await using all = await running()
  await all.start()
  all.output.failures.set('write', blockedAt(1))
  all.runner.push([added(1)])
  await all.clock.advance(0)
  all.output.failures.clear()
  all.runner.push([added(2)])
  all.end()
  await all.run
  expect(all.output.text).toBe(fileOf(1, 2))
})
