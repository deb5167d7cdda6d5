import { expect, test } from 'bun:test'
import { Announcements } from './announcements.ts'

const echoMs = 120_000

test('only VMs that had an event are announced', () => {
  const announcements = new Announcements()
  announcements.announce('1', 5)
  expect([announcements.covers('1', 0), announcements.covers('2', 0)]).toEqual([true, false])
})

test('an announcement holds until its VM was read, however long that takes', () => {
  const announcements = new Announcements()
  announcements.announce('1', 5)
  expect(announcements.covers('1', 10 * echoMs)).toBe(true)
})

test('an announcement that was served holds for two minutes more, since REST may lag', () => {
  const announcements = new Announcements()
  announcements.announce('1', 5)
  announcements.served('1', 6, 1000)
  expect([1000, 1000 + echoMs - 1, 1000 + echoMs].map((now) => announcements.covers('1', now))).toEqual([
    true,
    true,
    false,
  ])
})

test('a request that was sent before the event serves nothing', () => {
  const announcements = new Announcements()
  announcements.announce('1', 5)
  announcements.served('1', 4, 0)
  announcements.served('1', 5, 0)
  announcements.served('2', 9, 0)
  expect(announcements.covers('1', 10 * echoMs)).toBe(true)
})

test('reading the VM again does not make its announcement last longer', () => {
  const announcements = new Announcements()
  announcements.announce('1', 5)
  announcements.served('1', 6, 0)
  announcements.served('1', 7, echoMs - 1)
  expect(announcements.covers('1', echoMs)).toBe(false)
})

test('a new event of the VM announces anew', () => {
  const announcements = new Announcements()
  announcements.announce('1', 5)
  announcements.served('1', 6, 0)
  announcements.announce('1', 7)
  announcements.served('1', 6, 10)
  expect(announcements.covers('1', 10 * echoMs)).toBe(true)
})

test('a complete list serves what was announced before it, and what is over is forgotten', () => {
  const announcements = new Announcements()
  announcements.announce('before', 5)
  announcements.announce('after', 7)
  announcements.prune(6, 0)
  announcements.prune(6, echoMs - 1)
  expect([announcements.covers('before', echoMs - 1), announcements.covers('after', echoMs - 1)]).toEqual([true, true])
  announcements.prune(6, echoMs)
  expect([announcements.covers('before', 0), announcements.covers('after', 10 * echoMs)]).toEqual([false, true])
})
