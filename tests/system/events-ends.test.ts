import { describe, expect, test } from 'bun:test'
import { startMock } from '../mock-abiquo/index.ts'
import { unreadPipe } from '../support/pipe.ts'
import { run, start } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'
import { startOnTerminal } from '../support/terminal.ts'
import { waitFor } from '../support/wait.ts'
import {
  adminOf,
  eventsCommand,
  lineCount,
  peakMemory,
  startEvents,
  startFollowing,
  wholeLines,
} from './event-printer.ts'

const event = { entity: 'VIRTUAL_MACHINE', action: 'DEPLOY_FINISH' } as const

/** Of lines of JSON, the messages without the dots that make them long. */
function numbersOf(lines: readonly string[]): string[] {
  return lines.map((line) => JSON.parse(line).message.replace(/\.+$/, ''))
}

describe('it ends', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('at once and with 0 by %s', async (signal) => {
    await using mock = await startMock({ vms: 1 })
    await using child = await startFollowing(mock)
    mock.platform.emit(event)
    await lineCount(child, 1)
    child.signal(signal)
    await waitFor('the end', () => child.ended(), { withinMs: 2000 })
    expect(await child.exited).toEqual({ code: 0, signal: null })
    await waitFor('the stream to be closed', () => mock.streams.open === 0)
  })

  test('quietly and with 0 when its reader has enough', async () => {
    await using mock = await startMock({ vms: 1 })
    await mock.platform.burst(3000)
    const pipeline = ['bash', '-c', 'set -o pipefail; "$@" | head -1', 'events']
    const past = await run([...pipeline, ...(await eventsCommand(mock, ['--since', '1h']))], { env: adminOf(mock) })
    expect({ code: past.code, lines: numbersOf(wholeLines(past.stdout)) }).toEqual({ code: 0, lines: ['burst-1'] })

    await using live = start([...pipeline, ...(await eventsCommand(mock))], { env: adminOf(mock) })
    await live.line('The event stream is open')
    await waitFor('it to find that nobody reads', () => {
      mock.platform.emit({ ...event, message: 'live' })
      return live.ended()
    })
    expect({ ...live.ended(), lines: numbersOf(wholeLines(live.stdout())) }).toEqual({
      code: 0,
      signal: null,
      lines: ['live'],
    })
    expect(past.stderr + live.stderr()).not.toMatch(/EPIPE|warn|error/i)
  })

  test('with 4 after one try where the password is wrong, which it never tells', async () => {
    await using mock = await startMock({ vms: 1 })
    await using child = await startEvents(mock, [], {
      env: { ABIQUO_API_USERNAME: 'admin', ABIQUO_API_PASSWORD: 'wrong-secret' },
    })
    expect((await child.exited).code).toBe(4)
    expect(mock.requests.all.map(({ path }) => path)).toEqual(['/api/login'])
    expect(child.stderr()).toContain('"admin"')
    expect(child.stderr() + child.stdout()).not.toContain('wrong-secret')
  })

  test('with 3 where the API is out of reach', async () => {
    await using mock = await startMock({ vms: 1 })
    mock.refuse()
    await using child = await startEvents(mock, [])
    expect((await child.exited).code).toBe(3)
    expect(child.stderr()).toContain(mock.apiUrl)
  })
})

describe('a reader that stands still', () => {
  test('for some seconds does not keep the stream from being read, and gets all', async () => {
    await using folder = tempFolder()
    // A client that does not read for a second is cut.
    await using mock = await startMock({ vms: 1, slowReaderMs: 1000 })
    using pipe = await unreadPipe(folder)
    await using child = start(pipe.into(await eventsCommand(mock)), { env: adminOf(mock) })
    await child.line('The event stream is open')
    // Far more than pipe and sockets hold.
    const sent = await mock.platform.burst(9000, { perSecond: 3000, messageLength: 2000 })
    const lines = await pipe.read(sent.length, 15_000)
    const events = lines.map((line) => JSON.parse(line))
    expect(events.map(({ message }) => message)).toEqual(sent)
    expect(events.some(({ recovered }) => recovered)).toBe(false)
    expect(mock.streams.opened).toBe(1)
  }, 40_000)

  test('for ever takes neither its memory nor its ear for INT', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 1 })
    using pipe = await unreadPipe(folder)
    await using child = start(pipe.into(await eventsCommand(mock)), { env: adminOf(mock) })
    await child.line('The event stream is open')
    await mock.platform.burst(60_000, { perSecond: 15_000, messageLength: 700 })
    const peak = await peakMemory(child.pid)
    child.signal('SIGINT')
    await waitFor('the end', () => child.ended(), { withinMs: 2000 })
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(mock.streams.opened).toBe(1)
    expect(peak / 2 ** 20).toBeLessThan(200)
  }, 40_000)
})

describe('on a terminal it prints lines for people', () => {
  const draft = {
    ...event,
    timestamp: Date.parse('2026-11-20T10:02:03Z'),
    severity: 'ERROR',
    entityName: 'web\u001b[2J1',
    user: { id: 2, nick: 'ana\u009b', enterprise: { id: 1, name: 'Abiquo' } },
    message: 'Fehler: größer\r\nals \u202ealles',
  } as const
  const rest = 'VIRTUAL_MACHINE DEPLOY_FINISH  web\\u001b[2J1  by ana\\u009b  Fehler: größer\\r\\nals \\u202ealles'
  const kinds: [string, Record<string, string>, string][] = [
    ['with the severity in colour', {}, `2026-11-20 11:02:03  \u001b[31mERROR\u001b[0m  ${rest}\r\n`],
    ['without colour where NO_COLOR says so', { NO_COLOR: '1' }, `2026-11-20 11:02:03  ERROR  ${rest}\r\n`],
    ['without colour where it is dumb', { TERM: 'dumb' }, `2026-11-20 11:02:03  ERROR  ${rest}\r\n`],
  ]
  test.each(kinds)('%s', async (_name, variables, line) => {
    await using mock = await startMock({ vms: 1 })
    const env = { ...adminOf(mock), TERM: 'xterm', TZ: 'Europe/Madrid', ...variables }
    await using child = startOnTerminal(await eventsCommand(mock), env)
    await waitFor('the stream', () => child.text().includes('The event stream is open'))
    mock.platform.emit(draft)
    await waitFor('the line', () => child.text().includes('alles'))
    expect(child.text()).toEndWith(line)
    child.type('\u0003')
    expect(await child.exited).toBe(0)
    expect(child.text().replace(line, '')).not.toContain('\u001b')
  })
})
