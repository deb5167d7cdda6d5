import { expect, test } from 'bun:test'
import { readArguments } from './command-line.ts'
import { countReport } from './junit.ts'
import { Tally } from './tally.ts'

function tallied(skipsFail: boolean): { tally: Tally; lines: string[] } {
  const lines: string[] = []
  return { tally: new Tally((line) => lines.push(line), skipsFail), lines }
}

test('steps are added up, a step that throws fails once, and the count is the last line', async () => {
  const { tally, lines } = tallied(false)
  expect(await tally.step('one', async () => ({ passed: 3, failed: 1, skipped: 0 }))).toBe(false)
  expect(await tally.step('two', () => Promise.reject(new Error('no such program')))).toBe(false)
  expect(await tally.step('three', async () => ({ passed: 1, failed: 0, skipped: 0 }))).toBe(true)
  expect(tally.close()).toBe(1)
  expect(lines).toContain('no such program')
  expect(lines.slice(-3)).toEqual(['FAILED: one (1)', 'FAILED: two (1)', '4 passed, 2 failed'])
})

test('what is left out is said with its reason, and fails only where nothing may be left out', () => {
  const free = tallied(false)
  free.tally.skip('desktop', 'no chromium')
  free.tally.close()
  expect(free.lines.slice(-2)).toEqual(['SKIPPED: desktop: no chromium', '0 passed, 0 failed'])

  const strict = tallied(true)
  strict.tally.skip('desktop', 'no chromium')
  expect(strict.tally.close()).toBe(1)
  expect(strict.lines.at(-1)).toBe('0 passed, 1 failed')
})

test('a test that is marked to be skipped is left out too', async () => {
  const { tally, lines } = tallied(true)
  await tally.step('unit', async () => ({ passed: 2, failed: 0, skipped: 1 }))
  expect(tally.close()).toBe(1)
  expect(lines.at(-1)).toBe('2 passed, 1 failed')
})

test('a run in which nothing passed is no success', () => {
  expect(tallied(false).tally.close()).toBe(1)
})

const xml = `<testsuites name="bun test" tests="6" assertions="2" failures="1" skipped="2" time="0.007">
  <testsuite name="a.test.ts" file="a.test.ts" tests="5" assertions="2" failures="1" skipped="2" time="0.002">
    <testsuite name="group" file="a.test.ts" line="3" tests="3" assertions="0" failures="0" skipped="2" time="0" />
  </testsuite>
  <testsuite name="b.test.ts" file="b.test.ts" tests="1" assertions="0" failures="0" skipped="0" time="0.0002" />
</testsuites>`

test('the report of the runner is counted once, though its groups repeat the counts', () => {
  expect(countReport(xml, ['a.test.ts', 'b.test.ts'], 1)).toEqual({ passed: 3, failed: 1, skipped: 2 })
})

test('a file that is not in the report, and a run without any report, are failures', () => {
  expect(countReport(xml, ['a.test.ts', 'b.test.ts', 'c.test.ts'], 1)).toEqual({ passed: 3, failed: 2, skipped: 2 })
  expect(countReport('', ['a.test.ts'], 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a runner that failed without a failing test is a failure', () => {
  const fine = xml.replaceAll('failures="1"', 'failures="0"')
  expect(countReport(fine, ['a.test.ts', 'b.test.ts'], 139).failed).toBe(1)
})

test('arguments are flags that are known, flags that are not, and patterns', () => {
  expect(readArguments(['--install', 'keeper', 'book'])).toEqual({
    help: false,
    install: true,
    patterns: ['keeper', 'book'],
    unknown: null,
  })
  expect(readArguments(['--instal']).unknown).toBe('--instal')
  expect(readArguments(['-h']).help).toBe(true)
})
