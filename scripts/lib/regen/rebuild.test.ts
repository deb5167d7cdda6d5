import { expect, spyOn, test } from 'bun:test'
import { type Address, OutputError, Tally, tokenOf } from '@novnc-tokens/tokens'
import { FakeOutput } from '../../../packages/tokens/testing/fake-output.ts'
import { tempFolder } from '../../../tests/support/temp.ts'
import { createLogger } from '../log/log.ts'
import { rebuild } from './rebuild.ts'

const a = { host: '10.0.0.1', port: 5901 }
const b = { host: '10.0.0.2', port: 5902 }
const six = { host: '2001:db8::1', port: 5903 }

function lineOf(address: Address): string {
  return `${tokenOf(address)}: ${address.host}:${address.port}\n`
}

function tallyOf(addresses: readonly Address[]): Tally {
  const tally = new Tally()
  for (const [index, address] of addresses.entries()) {
    const belonging = { enterprise: '1', datacenter: '1', machine: null, leftOut: null }
    tally.found({ id: `${index}`, path: `/${index}`, address, ...belonging })
  }
  return tally
}

/** Runs it for an output, with all that the platform has; gives the exit code and the log. */
async function rebuilt(
  output: FakeOutput,
  addresses: readonly Address[],
  { proven = true, dryRun = false, began = 1_000_000, again = addresses } = {},
) {
  const want = tallyOf(addresses)
  const log: string[] = []
  const write = (line: string) => void log.push(line.trimEnd())
  const logger = createLogger({ format: 'text', level: 'info', secrets: () => [], write, journal: true })
  const settings = { dryRun, force: false, guard: { share: 0.3 } }
  let printed = ''
  const print = async (text: string) => {
    printed += text
  }
  const code = await rebuild(output, { want, proven, began }, settings, { logger, print }, async () => ({
    want: tallyOf(again),
    proven,
  }))
  return { code, printed, log: log.map((line) => line.replace(/durationMs=\d+/, 'durationMs=N')) }
}

/** An output as one beside whose name word can be left. */
async function withOutput(text: string | null, test: (output: FakeOutput) => Promise<void>) {
  await using folder = tempFolder()
  await test(new FakeOutput(text, folder.file('output')))
}

test('an output is changed where it differs', async () => {
  await withOutput(lineOf(a), async (output) => {
    const { code, log } = await rebuilt(output, [b])
    expect({ code, log, text: output.text }).toEqual({
      code: 0,
      log: [`<6>Written output=${output.name} added=1 removed=1 tokens=1 durationMs=N`],
      text: lineOf(b),
    })
  })
})

test('an output that is right is only confirmed, without a line in the log', async () => {
  await withOutput(lineOf(a), async (output) => {
    expect(await rebuilt(output, [a])).toEqual({ code: 0, printed: '', log: [] })
    expect(output.done).toMatchObject({ write: 0, confirm: 1 })
  })
})

test('what is not proven to be gone stays', async () => {
  await withOutput(lineOf(a), async (output) => {
    const { code } = await rebuilt(output, [b], { proven: false })
    expect({ code, lines: output.text?.split('\n').toSorted() }).toEqual({
      code: 0,
      lines: `${lineOf(a)}${lineOf(b)}`.split('\n').toSorted(),
    })
  })
})

test('a dry run prints the changes, and writes nothing', async () => {
  await withOutput(lineOf(a), async (output) => {
    const { code, printed } = await rebuilt(output, [b], { dryRun: true })
    expect({ code, printed, text: output.text }).toEqual({
      code: 0,
      printed: `- ${lineOf(a)}+ ${lineOf(b)}`,
      text: lineOf(a),
    })
  })
})

test('what an output cannot carry is told, and no change', async () => {
  await withOutput(lineOf(a), async (output) => {
    const { code, log } = await rebuilt(output, [a, six])
    expect({ code, log, writes: output.done.write }).toEqual({
      code: 0,
      log: [`<4>The output cannot carry IPv6: tokens are left out output=${output.name} tokens=1`],
      writes: 0,
    })
  })
})

test('what is held goes by a run a minute later, by the word that the output keeps', async () => {
  const all = Array.from({ length: 40 }, (_, index) => ({ host: '10.0.0.3', port: 5900 + index }))
  await withOutput(all.map(lineOf).join(''), async (output) => {
    let kept: string | null = null
    const leaveWord = async (word: string | null) => {
      kept = word
    }
    Object.assign(output, { word: async () => kept, leaveWord })
    const runs: [number, boolean][] = []
    for (const began of [1_000_000, 1_059_999, 1_060_000]) {
      const { code } = await rebuilt(output, all.slice(0, 10), { began })
      runs.push([code, kept === null])
    }
    expect({ runs, left: output.text?.split('\n').length }).toEqual({
      runs: [
        [6, false],
        [6, false],
        [0, true],
      ],
      left: 11,
    })
  })
})

test('an output that another process writes and that is right is left alone, time and all', async () => {
  await withOutput(lineOf(a), async (output) => {
    output.role = 'standby'
    expect(await rebuilt(output, [a])).toEqual({
      code: 0,
      printed: '',
      log: [`<6>Another process writes the output, and it is right output=${output.name}`],
    })
    expect(output.done).toMatchObject({ write: 0, confirm: 0 })
  })
})

test.each([false, true])('one that is not right is told, and not written (dry run: %p)', async (dryRun) => {
  await withOutput(lineOf(a), async (output) => {
    output.role = 'standby'
    output.outcome = 'standby'
    const { code, log } = await rebuilt(output, [b], { dryRun })
    const why = `Another process writes "${output.name}", and the output lacks 1 tokens and has 1 too many`
    expect({ code, last: log.at(-1), text: output.text }).toEqual({
      code: 5,
      last: `<3>${why}. That process has to put it right: USR1 makes it list at once`,
      text: lineOf(a),
    })
  })
})

test.each<[string, readonly Address[]]>([
  ['was behind the platform', [a]],
  ['is ahead of the list', [a, b, six]],
])('one that %s, as a second list shows, is right', async (_, again) => {
  await withOutput(`${lineOf(a)}${again.includes(b) ? lineOf(b) : ''}`, async (output) => {
    output.role = 'standby'
    const { code, log } = await rebuilt(output, again.includes(b) ? [a] : [a, b], { again })
    expect({ code, last: log.at(-1) }).toEqual({
      code: 0,
      last: `<6>Another process writes the output, and it is right output=${output.name}`,
    })
  })
})

test('an output that cannot be read is written where all is known, else left alone', async () => {
  const unreadable = new OutputError('unreadable', 'Cannot read it: EACCES')
  for (const proven of [true, false]) {
    await withOutput(lineOf(a), async (output) => {
      output.failures.set('load', unreadable)
      const { code } = await rebuilt(output, [b], { proven })
      expect({ code, text: output.text }).toEqual(proven ? { code: 0, text: lineOf(b) } : { code: 5, text: lineOf(a) })
    })
  }
})

test('how far a long write is, is told once a second', async () => {
  await withOutput('', async (output) => {
    output.onWrite = ({ onProgress }) => {
      onProgress?.(1, 9)
      using _later = spyOn(performance, 'now').mockReturnValue(performance.now() + 1000)
      onProgress?.(5, 9)
      onProgress?.(6, 9)
    }
    const { log } = await rebuilt(output, [a])
    expect(log[0]).toBe(`<6>Writing the output output=${output.name} done=5 total=9`)
    expect(log.length).toBe(2)
  })
})
