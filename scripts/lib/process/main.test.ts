import { expect, test } from 'bun:test'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { Failure } from './failure.ts'
import { type ErrorReport, type MainProcess, main } from './main.ts'
import { StdoutClosed } from './standard-streams.ts'

interface Ended {
  stderr: string
  codes: number[]
}

async function run(task: (report: ErrorReport, host: FakeHost) => Promise<ExitCode> | ExitCode): Promise<Ended> {
  const host = new FakeHost()
  await main((report) => task(report, host), host)
  return { stderr: host.stderr, codes: host.codes }
}

class FakeHost implements MainProcess {
  stderr = ''
  readonly codes: number[] = []
  readonly listeners = new Map<string, (error: unknown) => void>()

  on(event: string, listener: (error: unknown) => void): void {
    this.listeners.set(event, listener)
  }

  exit(code: number): void {
    this.codes.push(code)
  }

  writeStderr(text: string): void {
    this.stderr += text
  }
}

test('the exit code of the task is that of the program', async () => {
  expect(await run(async () => exitCodes.held)).toEqual({ stderr: '', codes: [6] })
})

test.each<[string, unknown, Ended]>([
  [
    'a failure',
    new Failure('Cannot write "/x"', { exitCode: exitCodes.output, hint: 'make room' }),
    { stderr: 'novnc-tokens: Cannot write "/x"; make room\n', codes: [5] },
  ],
  [
    'a failure of two lines',
    new Failure('a\nb', { exitCode: exitCodes.api }),
    { stderr: 'novnc-tokens: a\\nb\n', codes: [3] },
  ],
  [
    'another error',
    new TypeError('x is not a function'),
    { stderr: 'novnc-tokens: Unexpected error: x is not a function\n', codes: [1] },
  ],
  ['something else', 'text', { stderr: 'novnc-tokens: Unexpected error: text\n', codes: [1] }],
  ['an empty error', new Error(), { stderr: 'novnc-tokens: Unexpected error: without a message\n', codes: [1] }],
  ['a closed stdout', new StdoutClosed(), { stderr: '', codes: [0] }],
])('%s is told in one line', async (_, error, ended) => {
  expect(
    await run(() => {
      throw error
    }),
  ).toEqual(ended)
})

test.each(['uncaughtException', 'unhandledRejection'])(
  'an error that comes as %s ends the program in the same way',
  async (event) => {
    const { stderr, codes } = await run((_, host) => {
      host.listeners.get(event)?.(new Error('late'))
      return exitCodes.done
    })
    expect({ stderr, code: codes[0] }).toEqual({ stderr: 'novnc-tokens: Unexpected error: late\n', code: 1 })
  },
)

test('with stacks asked for, those of the error and its cause follow, without secrets', async () => {
  const { stderr } = await run((report) => {
    report.stacks = true
    report.secrets = () => ['hunter2']
    throw new Error('bad hunter2', { cause: new Error('deep hunter2') })
  })
  expect(stderr).toStartWith('novnc-tokens: Unexpected error: bad [secret]\n')
  expect(stderr).toMatch(/\n +at .*main\.test\.ts/)
  expect(stderr).toContain('\ncaused by deep [secret]\n')
  expect(stderr).not.toContain('hunter2')
})
