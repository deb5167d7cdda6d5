import { describe, expect, test } from 'bun:test'
import { Contact } from './contact.ts'

type Step = (contact: Contact) => void

const open =
  (at: number): Step =>
  (contact) =>
    contact.watch(true, at)
const down =
  (at: number): Step =>
  (contact) =>
    contact.watch(false, at)
const answered =
  (at: number): Step =>
  (contact) =>
    contact.answered(at)
const failed =
  (at: number): Step =>
  (contact) =>
    contact.failed(at)

/** What is judged at each of these times, after all steps. */
function judged(watched: boolean, steps: readonly Step[], times: readonly number[]): (boolean | null)[] {
  const contact = new Contact({ watched, now: 0 })
  for (const step of steps) step(contact)
  return times.map((at) => contact.sees(at))
}

describe('with a watch', () => {
  test.each<[string, Step[], Record<number, boolean | null>]>([
    ['what never opened is blind after 15 s', [], { 14999: null, 15000: false }],
    ['what is open and was answered sees, but not at once', [open(0), answered(1)], { 9999: null, 10000: true }],
    ['what is open and was never answered does not', [open(0)], { 60000: null }],
    [
      'one that goes down is blind 15 s later',
      [open(0), answered(1), down(20_000)],
      { 20001: null, 34999: null, 35000: false },
    ],
    [
      'one that is down for long is not, as long as lists are answered',
      [open(0), down(1000), answered(30_000)],
      { 44999: null, 45000: false },
    ],
    [
      'one that is open is never blind, but does not see while reads fail',
      [open(0), answered(1), failed(20_000)],
      { 60000: null },
    ],
    [
      'what failed is forgotten by what is answered later',
      [open(0), failed(5000), answered(20_000), failed(10_000)],
      { 20000: true },
    ],
    [
      'one that opens again sees after a while',
      [open(0), answered(1), failed(15_000), down(20_000), open(60_000)],
      { 60000: null, 69999: null, 70000: true },
    ],
  ])('%s', (_, steps, expected) => {
    const times = Object.keys(expected).map(Number)
    expect(judged(true, steps, times)).toEqual(Object.values(expected))
  })
})

describe('without a watch', () => {
  test.each<[string, Step[], Record<number, boolean | null>]>([
    ['what asked nothing is not blind', [], { 60000: null }],
    ['what is answered sees for 15 s', [answered(1000)], { 15999: true, 16000: null, 600000: null }],
    [
      'what fails is blind 15 s after it first did',
      [answered(1), failed(20_000), failed(30_000)],
      { 34999: null, 35000: false },
    ],
    ['what is answered again is not', [failed(1000), answered(60_000)], { 60000: true, 80000: null }],
  ])('%s', (_, steps, expected) => {
    const times = Object.keys(expected).map(Number)
    expect(judged(false, steps, times)).toEqual(Object.values(expected))
  })
})

test('it tells when to judge again', () => {
  const contact = new Contact({ watched: true, now: 0 })
  contact.watch(true, 0)
  contact.answered(1)
  const soon = [contact.nextAt(0), contact.nextAt(10_000), contact.nextAt(15_001)]
  contact.watch(false, 20_000)
  expect([...soon, contact.nextAt(20_000), contact.nextAt(35_000)]).toEqual([
    10_000,
    15_001,
    Number.POSITIVE_INFINITY,
    35_000,
    Number.POSITIVE_INFINITY,
  ])
})
