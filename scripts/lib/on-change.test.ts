import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { type Clock, systemClock } from '@novnc-tokens/api'
import type { Note } from '@novnc-tokens/tokens'
import { FakeClock } from '../../packages/api/testing/fake-clock.ts'
import { createLogger } from './log/log.ts'
import { OnChange, type OnChangeOptions } from './on-change.ts'

interface Line {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

function written(added: number, removed = 0, output = '/tokens', tokens = 10): Note {
  return { kind: 'written', output, added, removed, tokens, durationMs: 1 }
}

/** What runs a command after changes, with the log that it writes. */
function changing<C extends Clock>(command: string, clock: C, options: Partial<OnChangeOptions> = {}) {
  const log: Line[] = []
  const waiting = new Set<() => void>()
  const write = (text: string) => {
    log.push(JSON.parse(text))
    for (const look of waiting) look()
  }
  const logger = createLogger({ format: 'json', level: 'debug', secrets: () => ['s3cret!'], write })
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/root',
    NOTIFY_SOCKET: '/n',
    WATCHDOG_USEC: '9',
    ABIQUO_API_PASSWORD: 'x',
    NOVNC_TOKENS_OUTPUT: 'y',
  }
  const onChange = new OnChange({ command, logger, clock, environment, ...options })
  const says = () => log.flatMap(({ msg, line }) => (msg === 'The change command says' ? [String(line)] : []))
  return {
    clock,
    log,
    onChange,
    /** What the command said. */
    says,
    /** Resolves once that holds; it is looked at with each line of the log. */
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!holds()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    /** Resolves once so many runs have ended. */
    async ended(runs: number) {
      await this.until(() => log.filter(({ msg }) => / has ended$| failed$/.test(msg)).length >= runs)
    },
    warnings: () => log.filter(({ level }) => level === 'warn').map(({ why }) => why),
    async [Symbol.asyncDispose]() {
      const stopping = onChange.stop()
      if (clock instanceof FakeClock) await clock.advance(500)
      await stopping
    },
  }
}

/** Whether a process runs; who adopts one that has ended may take long to bury it (state Z, proc_pid_stat(5)). */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Resolves once a process has ended. */
async function goneOf(pid: number): Promise<void> {
  while (lives(pid)) await new Promise(setImmediate)
}

const tell = 'echo "$NOVNC_TOKENS_OUTPUT +$NOVNC_TOKENS_ADDED -$NOVNC_TOKENS_REMOVED =$NOVNC_TOKENS_TOTAL"'

test('a change runs the command with what changed in its environment', async () => {
  await using all = changing(tell, systemClock)
  all.onChange.take(written(3, 2, '/opt/websockify/config.vnc', 41))
  const running = all.onChange.status()
  await all.ended(1)
  await all.until(() => !all.onChange.status().running)
  expect([all.says(), running, all.onChange.status()]).toEqual([
    ['/opt/websockify/config.vnc +3 -2 =41'],
    { running: true, runs: 0, failures: 0 },
    { running: false, runs: 1, failures: 0 },
  ])
})

test('settings of the program are none of the command', async () => {
  await using all = changing('env | cut -d= -f1 | grep -E "ABIQUO|NOVNC|HOME|NOTIFY|WATCHDOG" | sort', systemClock)
  all.onChange.take(written(1))
  await all.ended(1)
  expect(all.says()).toEqual([
    'HOME',
    'NOVNC_TOKENS_ADDED',
    'NOVNC_TOKENS_OUTPUT',
    'NOVNC_TOKENS_REMOVED',
    'NOVNC_TOKENS_TOTAL',
  ])
})

test('what changes no token runs nothing', async () => {
  await using all = changing(tell, systemClock)
  all.onChange.take(written(0))
  all.onChange.take({ kind: 'loaded', output: '/tokens', tokens: 5, refused: 0 })
  expect([all.log, all.onChange.status().running]).toEqual([[], false])
})

test('what changes while it runs is summed up for the next run, output by output', async () => {
  await using all = changing(tell, systemClock)
  all.onChange.take(written(1))
  all.onChange.take(written(2, 1, '/tokens', 12))
  all.onChange.take(written(5, 0, '/other', 5))
  all.onChange.take(written(3, 4, '/tokens', 11))
  await all.ended(3)
  expect([all.says(), all.onChange.status().runs]).toEqual([
    ['/tokens +1 -0 =10', '/tokens +5 -5 =11', '/other +5 -0 =5'],
    3,
  ])
})

test('no two run at once', async () => {
  await using all = changing('echo begin; sleep 0.05; echo end', systemClock)
  for (const output of ['/a', '/b', '/c']) all.onChange.take(written(1, 0, output))
  await all.ended(3)
  expect(all.says()).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end'])
})

describe('its output', () => {
  test('is logged line by line, with control characters visible and secrets hidden', async () => {
    await using all = changing(`printf 'a\\033[2Jb\\n'; echo 's3cret! c' >&2`, systemClock)
    all.onChange.take(written(1))
    await all.ended(1)
    const lines = all.log.filter(({ msg }) => msg === 'The change command says')
    expect(lines.map(({ level, line, stream }) => [level, stream, line]).sort()).toEqual([
      ['info', 'stderr', '[secret] c'],
      ['info', 'stdout', 'a\u001b[2Jb'],
    ])
  })

  test('is bounded', async () => {
    await using all = changing('yes | head -n 5000; head -c 3000000 /dev/zero | tr "\\0" x >&2', systemClock)
    all.onChange.take(written(1))
    await all.ended(1)
    const more = all.log.find(({ msg }) => msg === 'The change command says more than is logged')
    expect([all.says().length, more?.['lines'], all.says().at(-1)?.endsWith('x... (2999000 characters more)')]).toEqual(
      [101, 4900, true],
    )
  })
})

test.each([
  ['exit 3', 'it ended with code 3'],
  ['kill -9 $$', 'SIGKILL ended it'],
  ['no-such-program-at-all', 'it ended with code 127: the shell does not find it'],
  ['/etc/passwd', 'it ended with code 126: the shell may not execute it (chmod +x?)'],
  [`true ${'x'.repeat(3_000_000)}`, /^it cannot be run: /],
])('a command that fails is told and counted, and the next change runs it again', async (command, why) => {
  await using all = changing(command, systemClock)
  all.onChange.take(written(1))
  await all.ended(1)
  all.onChange.take(written(1))
  await all.ended(2)
  const matching = typeof why === 'string' ? why : expect.stringMatching(why)
  expect([all.warnings(), all.onChange.status()]).toEqual([
    [matching, matching],
    { running: false, runs: 2, failures: 2 },
  ])
})

describe('a command that takes longer than 30 s', () => {
  test('is ended with all that it began, and the next one runs', async () => {
    await using all = changing('sleep 1000 & echo $!; wait', new FakeClock())
    all.onChange.take(written(1))
    await all.until(() => all.says().length === 1)
    const pid = Number(all.says()[0])
    await all.clock.advance(29_999)
    const before = lives(pid)
    await all.clock.advance(1)
    await all.ended(1)
    await goneOf(pid)
    all.onChange.take(written(1))
    await all.until(() => all.says().length === 2)
    expect([before, all.warnings(), all.onChange.status()]).toEqual([
      true,
      ['it was ended: it took longer than 30 s'],
      { running: true, runs: 1, failures: 1 },
    ])
  })

  test('is killed where it does not end by itself', async () => {
    await using all = changing("trap '' TERM; sleep 1000 & echo $!; wait", new FakeClock())
    all.onChange.take(written(1))
    await all.until(() => all.says().length === 1)
    const pid = Number(all.says()[0])
    await all.clock.advance(30_000)
    await all.clock.asleep(1)
    const before = lives(pid)
    await all.clock.advance(1000)
    await all.ended(1)
    await goneOf(pid)
    expect([before, all.warnings()]).toEqual([true, ['it was ended: it took longer than 30 s']])
  })

  test('is not waited for where it has left its group and keeps its output', async () => {
    await using all = changing('setsid sh -c "echo \\$\\$; exec sleep 1000" & wait', new FakeClock())
    all.onChange.take(written(1))
    await all.until(() => all.says().length === 1)
    await all.clock.advance(30_000)
    await all.clock.asleep(1)
    await all.clock.advance(1000)
    await all.ended(1)
    process.kill(Number(all.says()[0]), 'SIGKILL')
    expect(all.warnings()).toEqual(['it was ended: it took longer than 30 s'])
  })
})

test('what it leaves in the background, with an output of its own, is neither waited for nor ended', async () => {
  await using all = changing('sleep 1000 > /dev/zero 2>&1 & echo $!', systemClock)
  all.onChange.take(written(1))
  await all.ended(1)
  const pid = Number(all.says()[0])
  const left = lives(pid)
  process.kill(pid, 'SIGKILL')
  expect([left, all.warnings()]).toEqual([true, []])
})

describe('with the end of the daemon', () => {
  test('a command that runs has half a second, and is ended then; nothing more is begun', async () => {
    const all = changing('echo $$; sleep 1000', new FakeClock())
    all.onChange.take(written(1))
    all.onChange.take(written(1))
    await all.until(() => all.says().length === 1)
    const stopping = all.onChange.stop()
    all.onChange.take(written(1))
    await all.clock.advance(499)
    const before = lives(Number(all.says()[0]))
    await all.clock.advance(1)
    await stopping
    expect([before, all.warnings(), all.onChange.status(), all.clock.left]).toEqual([
      true,
      ['it was ended: the daemon ends'],
      { running: false, runs: 1, failures: 1 },
      [],
    ])
    expect(all.log.map(({ msg }) => msg)).toContain('The change command is not run for the last changes')
  })

  test('a command that ignores that is killed a second later', async () => {
    const all = changing("trap '' TERM; echo $$; sleep 1000", new FakeClock())
    all.onChange.take(written(1))
    await all.until(() => all.says().length === 1)
    const stopping = all.onChange.stop()
    await all.clock.advance(500)
    await all.clock.asleep(1)
    await all.clock.advance(1000)
    await stopping
    await goneOf(Number(all.says()[0]))
    expect(all.clock.now()).toBe(1500)
  })

  test('a command that ends in time is let be', async () => {
    const all = changing('sleep 0.05', systemClock)
    all.onChange.take(written(1))
    await all.onChange.stop()
    expect([all.warnings(), all.onChange.status()]).toEqual([[], { running: false, runs: 1, failures: 0 }])
  })

  test('nothing that does not run is waited for', async () => {
    const all = changing(tell, new FakeClock())
    await all.onChange.stop()
    all.onChange.take(written(1))
    expect(all.log).toEqual([])
  })
})
