import { expect, test } from 'bun:test'
import { MemoryOutput, SortedLines, tokenOf } from '@novnc-tokens/tokens'
import { FakeClock } from '../../../packages/api/testing/fake-clock.ts'
import { FakeOutput } from '../../../packages/tokens/testing/fake-output.ts'
import { seedLookup } from './seed-lookup.ts'

const address = { host: '2001:db8::1', port: 5901 }

test('it begins with what the other output has', async () => {
  const lookup = new MemoryOutput()
  const from = new FakeOutput(`${tokenOf(address)}: 2001:db8::1:5901\n`)
  await seedLookup(lookup, from, new FakeClock())
  expect(lookup.find(tokenOf(address))).toEqual(address)
})

test('it begins empty where the other one cannot be read', async () => {
  const lookup = new MemoryOutput()
  const from = new FakeOutput()
  from.failures.set('load', new Error('EACCES'))
  await seedLookup(lookup, from, new FakeClock())
  expect(lookup.size).toBe(0)
})

test('it waits 2 s for one that hangs, and what comes later is not taken', async () => {
  const clock = new FakeClock()
  const lines = new SortedLines()
  lines.set(tokenOf(address), address)
  const from = new FakeOutput(lines.render())
  const goOn = from.hold('load')
  const lookup = new MemoryOutput()
  const seeding = seedLookup(lookup, from, clock)
  await clock.advance(2000)
  await seeding
  goOn()
  await new Promise(setImmediate)
  expect(lookup.size).toBe(0)
})
