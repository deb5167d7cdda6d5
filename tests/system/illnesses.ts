import type { Fault, Mock } from '../mock-abiquo/index.ts'
import { waitFor } from '../support/wait.ts'
import { askedOf, streamRequests } from './requests.ts'

/** A way in which the event stream fails. */
export interface Illness {
  readonly name: string
  /** Makes the streams that are open and those to come fail, until it is disposed. */
  readonly begin: (mock: Mock) => Disposable
  /** Whether it has lasted for long enough, counted from the last `clear` of the requests. */
  readonly lasted: (mock: Mock) => boolean
}

/**
 * How many requests a client that asks once a second may send above that: Bun's fetch tries again at once for each of
 * its idle connections that turns out to be closed.
 */
export const mostAtOnce = 8

/** Flags with which a client notices all of them, and comes back from them, within seconds. */
export const impatient = ['--idle-timeout', '2s', '--poll-interval', '2s'] as const

const event = { entity: 'VIRTUAL_MACHINE', action: 'VSM_CHANGE_STATE' } as const

/** What the stream of a platform, or what stands before it, may answer. */
export const illnesses: readonly Illness[] = [
  answering('503 with Retry-After', { kind: 'status', status: 503, retryAfter: 2 }, triedThrice),
  answering('HTML with 200', { kind: 'html', status: 200 }, polledTwice),
  answering('HTML with 404', { kind: 'html', status: 404 }, polledTwice),
  answering('403', { kind: 'status', status: 403 }, polledTwice),
  answering('no answer but a reset', { kind: 'reset' }, triedThrice),
  answering('a stream that stays silent', { kind: 'silent' }, triedThrice),
  {
    name: 'a stream that ends at once',
    begin: (mock) => {
      mock.streams.cutAfterBytes(1, { times: Number.POSITIVE_INFINITY, how: 'any' })
      return { [Symbol.dispose]: () => mock.streams.clearCuts() }
    },
    lasted: triedThrice,
  },
  {
    name: 'half an event and then nothing',
    begin: (mock) => {
      mock.streams.stopMidEvent({ ...event, message: 'half' })
      return nothing
    },
    lasted: (mock) => streamRequests(mock) >= 1,
  },
  {
    name: 'what is no JSON',
    begin: (mock) => {
      for (const text of ['{"action":', '{]', '{"a":1}']) mock.streams.sendRaw(`data:${text}\r\n\r\n`)
      mock.platform.emit({ ...event, message: 'after the nonsense' })
      return nothing
    },
    lasted: () => true,
  },
  {
    name: 'an event of 10 MB',
    begin: (mock) => {
      mock.platform.emit({ ...event, message: 'x'.repeat(10 * 2 ** 20) })
      return nothing
    },
    lasted: () => true,
  },
]

/** Lets a client that watches meet an illness, and resolves while it lasts. */
export async function fallIll(mock: Mock, { name, begin, lasted }: Illness): Promise<Disposable> {
  mock.requests.clear()
  const illness = begin(mock)
  await waitFor(`${name} to last`, () => lasted(mock), { withinMs: 30_000 })
  return illness
}

const nothing: Disposable = { [Symbol.dispose]: () => undefined }

function answering(name: string, fault: Fault, lasted: Illness['lasted']): Illness {
  const begin = (mock: Mock): Disposable => {
    const active = mock.faults.add(fault, { on: 'stream' })
    mock.streams.cut()
    return active
  }
  return { name, begin, lasted }
}

function triedThrice({ requests }: Mock): boolean {
  const tries = requests.all.filter(({ kind }) => kind === 'stream')
  // Some may come at once, see `mostAtOnce`.
  return tries.length >= 3 && (tries.at(-1)?.at ?? 0) - (tries[0]?.at ?? 0) > 2000
}

/** Where the stream is not tried again soon. */
function polledTwice(mock: Mock): boolean {
  return askedOf(mock).history.length >= 3
}
