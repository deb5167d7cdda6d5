import { expect, test } from 'bun:test'
import { ApiError } from '@novnc-tokens/api'
import { SseError, type Update } from '@novnc-tokens/stream'
import { StdoutClosed } from '../process/standard-streams.ts'
import { printEvents, type Watching } from './print-events.ts'
import { anEvent } from './testing.ts'

/** A watch that tells what it is given, then waits until it is closed, or ends. */
class FakeWatch implements Watching {
  readonly closed: Promise<void>
  #close: () => void = () => {}
  readonly #updates: readonly Update[]
  readonly #ends: boolean
  taken = 0

  constructor(updates: readonly Update[], ends: boolean) {
    this.#updates = updates
    this.#ends = ends
    this.closed = new Promise((resolve) => {
      this.#close = resolve
    })
  }

  async close(): Promise<void> {
    this.#close()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Update> {
    for (const update of this.#updates) {
      this.taken++
      yield update
    }
    if (!this.#ends) await this.closed
  }
}

interface Given {
  updates: readonly Update[]
  /** The watch ends by itself. */
  ends?: boolean
  write?: (text: string) => Promise<void>
  /** A stop waits for no line. */
  hasty?: boolean
  /** Called with what stops the print once it has begun. */
  onBegun?: (stop: () => void, watching: FakeWatch) => void
}

async function print({ updates, ends = false, write, hasty = false, onBegun }: Given) {
  const watching = new FakeWatch(updates, ends)
  const stopping = new AbortController()
  let text = ''
  const told: string[] = []
  const ended = printEvents({
    watching,
    render: ({ entityName }, recovered) => `${entityName}${recovered ? ' recovered' : ''}`,
    write:
      write ??
      (async (part) => {
        text += part
      }),
    tell: ({ kind }) => told.push(kind),
    follow: !ends,
    stop: stopping.signal,
    clock: { sleep: () => (hasty ? Promise.resolve() : new Promise(() => {})) },
  }).catch((error: unknown) => error)
  onBegun?.(() => stopping.abort(), watching)
  const result = await ended
  return { result, text, told, taken: watching.taken }
}

const open: Update = { kind: 'open', at: null }
const caughtUp: Update = { kind: 'caught-up', recovered: 2 }

function event(entityName: string, recovered = false): Update {
  return { kind: 'event', event: anEvent({ entityName }), recovered }
}

function down(error: Error): Update {
  return { kind: 'down', error, retryInMs: 0 }
}

const unreachable = new ApiError('unreachable', 'Cannot connect', { url: 'https://h/api/login' })
const refused = new ApiError('login-refused', 'Refused', { url: 'https://h/api/login', status: 401 })

test('what was missed is printed, and that is the end of it', async () => {
  const updates = [event('a', true), event('b', true), caughtUp]
  expect(await print({ updates, ends: true })).toEqual({
    result: true,
    text: 'a recovered\nb recovered\n',
    told: ['caught-up'],
    taken: 3,
  })
})

test('events that are lost for good make it incomplete, those that are asked for do not', async () => {
  const gap = { kind: 'gap', from: null, why: 'too old' } as const
  const lost = await print({ updates: [{ ...gap, closing: false }, caughtUp], ends: true })
  const asked = await print({ updates: [{ ...gap, closing: true }, caughtUp], ends: true })
  expect([lost.result, asked.result]).toEqual([false, true])
})

test('once the watch was open it goes on through every failure until it is stopped', async () => {
  const stopped = await print({
    updates: [open, event('a'), down(refused), down(unreachable), open, event('b')],
    onBegun: (stop, watching) => {
      const look = () => (watching.taken === 6 ? stop() : setImmediate(look))
      look()
    },
  })
  expect(stopped).toEqual({ result: true, text: 'a\nb\n', told: ['open', 'down', 'down', 'open'], taken: 6 })
})

test.each<[string, Error, number]>([
  ['a refused log-in', refused, 4],
  ['an API out of reach', unreachable, 3],
  ['a stream that is not there', new SseError('status', 'answered 404', { status: 404 }), 3],
])('before the watch was open %s ends it', async (_, error, exitCode) => {
  const { result } = await print({ updates: [down(error)] })
  expect(result).toMatchObject({ name: 'Failure', exitCode, cause: error })
})

test('where nothing is followed a failure ends it, once what came before is printed', async () => {
  const { result, text } = await print({ updates: [event('a', true), down(unreachable)], ends: true })
  expect({ result, text }).toMatchObject({ result: { name: 'Failure', exitCode: 3 }, text: 'a recovered\n' })
})

test('a reader that is gone ends it, also while no event comes', async () => {
  const gone = new StdoutClosed()
  const { result } = await print({ updates: [open, event('a')], write: () => Promise.reject(gone) })
  expect(result).toBe(gone)
})

test('a slow reader holds up the consumer of the watch, and a stop is heard all the same', async () => {
  const updates = Array.from({ length: 1000 }, () => event('x'.repeat(999)))
  const stuck = await print({
    updates,
    write: () => new Promise(() => {}),
    hasty: true,
    onBegun: (stop, watching) => {
      let before = -1
      const look = () => {
        if (watching.taken === before) return stop()
        before = watching.taken
        setImmediate(look)
      }
      setImmediate(look)
    },
  })
  expect(stuck.result).toBe(true)
  expect(stuck.taken).toBeLessThan(300)
})
