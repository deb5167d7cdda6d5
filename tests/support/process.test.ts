import { expect, test } from 'bun:test'
import { run, start } from './process.ts'
import { waitFor } from './wait.ts'

test('a child that ran to its end tells its code and all that it wrote', async () => {
  expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
    code: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
  })
})

test('a child reads the text that it is given', async () => {
  expect((await run(['cat'], { stdin: 'a\nb' })).stdout).toBe('a\nb')
})

test("a child gets what it is given, not the developer's environment", async () => {
  process.env['TOKENS_TEST_LEAKS'] = 'yes'
  const { stdout } = await run(['sh', '-c', 'echo "$TOKENS_TEST_LEAKS,$GIVEN"'], { env: { GIVEN: 'x' } })
  delete process.env['TOKENS_TEST_LEAKS']
  expect(stdout).toBe(',x\n')
})

test('a line is found as soon as it is whole, whichever stream it is on', async () => {
  await using child = start(['sh', '-c', 'printf "rea"; echo other >&2; printf "dy\\n"; exec sleep 60'])
  expect(await child.line('ready')).toBe('ready')
  expect(await child.line(/^oth/)).toBe('other')
  expect(child.ended()).toBeNull()
})

test('waiting for a line of a child that has ended fails with what it wrote', async () => {
  await using child = start(['sh', '-c', 'echo oops >&2; exit 7'])
  const failure = await child.line('ready').catch(String)
  expect(failure).toContain('it ended with 7')
  expect(failure).toContain('oops')
})

test('a child that ignores TERM is killed when its time is over', async () => {
  await using child = start(['sh', '-c', 'trap "" TERM; echo set; while :; do sleep 0.01; done'])
  await child.line('set')
  expect(await child.stop(50)).toEqual({ code: null, signal: 'SIGKILL' })
})

test('leaving the scope ends the child', async () => {
  let pid = 0
  {
    await using child = start(['sleep', '60'])
    pid = child.pid
  }
  expect(() => process.kill(pid, 0)).toThrow()
})

test('a run that takes too long is ended and tells what it wrote', async () => {
  const failure = await run(['sh', '-c', 'echo begun; exec sleep 60'], { withinMs: 100 }).catch(String)
  expect(failure).toContain('still ran after 100 ms')
})

test('waiting gives the truthy answer', async () => {
  let asked = 0
  expect(await waitFor('three', () => (++asked === 3 ? 'three' : null), { everyMs: 1 })).toBe('three')
})

test('waiting in vain names what was waited for, and keeps the last error', async () => {
  const broken = new Error('broken')
  const failure = await waitFor('the impossible', () => Promise.reject(broken), { withinMs: 5, everyMs: 1 }).catch(
    (error: unknown) => error,
  )
  expect(failure).toEqual(new Error('Timed out after 5 ms waiting for the impossible', { cause: broken }))
})
