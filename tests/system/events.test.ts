import { describe, expect, test } from 'bun:test'
import { type DialectName, type EventDraft, type Mock, type MockOptions, startMock } from '../mock-abiquo/index.ts'
import { run } from '../support/process.ts'
import {
  adminOf,
  eventsCommand,
  lineCount,
  messages,
  type Printed,
  printed,
  startFollowing,
  wholeLines,
} from './event-printer.ts'
import { fallIll, illnesses, impatient, mostAtOnce } from './illnesses.ts'
import { excessOf, streamRequests } from './requests.ts'

const enterprise = { id: 7, name: 'Größe & Söhne' }
const user = { id: 1007, nick: 'ana', enterprise }
const timestamp = Date.now()

/** One with everything, one in several pieces on the wire, one of the platform itself with little. */
const drafts: readonly (EventDraft & { readonly message: string | null })[] = [
  {
    entity: 'VIRTUAL_MACHINE',
    action: 'DEPLOY_FINISH',
    severity: 'ERROR',
    entityName: 'web1',
    entityPath: '/cloud/virtualdatacenters/1/virtualappliances/2/virtualmachines/3',
    entityEnterprise: enterprise,
    user,
    datacenter: 2,
    context: 'api',
    message: '12|{"quoted"}\r\n\r\ndata:x',
    errorCode: 'VM-1',
    errorMessage: 'No host',
    tags: ['a', 'b'],
    timestamp,
  },
  { entity: 'ENTERPRISE', action: 'MODIFY', user, message: '€😀'.repeat(4000), timestamp: timestamp + 1 },
  { entity: 'MACHINE', action: 'MODIFY', severity: 'WARN', message: null, timestamp: timestamp + 1 },
]

/** What both formats of events tell of a draft. */
function common({ entity, action, severity = 'INFO', entityPath = null, user, timestamp }: EventDraft) {
  const enterprisePath = user ? `/admin/enterprises/${user.enterprise.id}` : null
  const userPath = user ? `${enterprisePath}/users/${user.id}` : null
  return { timestamp, severity, action, entity, entityPath, userPath, enterprisePath }
}

/** What the newer format tells beyond that. */
function more(draft: EventDraft) {
  const { user, entityEnterprise, datacenter } = draft
  return {
    entityName: draft.entityName ?? null,
    entityEnterprisePath: entityEnterprise ? `/admin/enterprises/${entityEnterprise.id}` : null,
    entityEnterpriseName: entityEnterprise?.name ?? null,
    userName: user?.nick ?? null,
    enterpriseName: user?.enterprise.name ?? null,
    datacenter: datacenter ? String(datacenter) : null,
    context: draft.context ?? null,
    message: draft.message ?? null,
    errorCode: draft.errorCode ?? null,
    errorMessage: draft.errorMessage ?? null,
    exception: null,
    tags: draft.tags ?? [],
    details: {},
    format: 'trace',
  }
}

/** Those fields of an object that another one has too. */
function fieldsAs(model: object, value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name in model))
}

describe('the same events are printed, the first included', () => {
  const dialects: readonly DialectName[] = ['1.0', '1.1', '2.1', '2.3']
  const ways = dialects.flatMap((dialect) =>
    [false, true].flatMap((lengthPrefix) =>
      (['trace', 'legacy'] as const).map((eventFormat) => ({ dialect, lengthPrefix, eventFormat })),
    ),
  )
  test.each(ways)('by %j', async (options) => {
    await using mock = await startMock({ vms: 1, ...options })
    await using child = await startFollowing(mock)
    for (const draft of drafts) mock.platform.emit(draft)
    await lineCount(child, drafts.length)
    child.signal('SIGINT')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    const events = printed(child)
    const expected = drafts.map((draft) => common(draft))
    expect(events.map((event, at) => fieldsAs(expected[at] ?? {}, event))).toEqual(expected)
    if (options.eventFormat === 'trace') {
      expect<unknown>(events).toEqual(drafts.map((draft) => ({ ...common(draft), ...more(draft) })))
    }
  })
})

describe('300 events and more, cut four times at random bytes, up to 2 s late in REST: each once, in order', () => {
  const platforms: [string, MockOptions][] = [
    ['a usual platform', {}],
    ['a clock that is 90 s ahead', { clockSkewMs: 90_000, dialect: '1.0', seed: 2 }],
    ['a clock that is an hour behind', { clockSkewMs: -3_600_000, lengthPrefix: true, seed: 3 }],
    ['no Date header', { dateHeader: false, seed: 4 }],
  ]
  test.concurrent.each(platforms)(
    'from %s',
    async (_name, options) => {
      await using mock = await startMock({ vms: 1, eventLagMaxMs: 2000, ...options })
      await using child = await startFollowing(mock)
      const sent = await mock.platform.burst(1, { prefix: 'first' })
      await lineCount(child, 1)
      mock.streams.cutAfterBytes({ min: 500, max: 12_000 }, { times: 4, how: 'any' })
      for (let batch = 1; sent.length < 300 || mock.streams.cutByBytes < 4; batch++) {
        sent.push(...(await mock.platform.burst(20, { perSecond: 100, prefix: `batch-${batch}` })))
      }
      await lineCount(child, sent.length, 30_000)
      expect({ events: messages(child), opened: mock.streams.opened }).toEqual({ events: sent, opened: 5 })
    },
    90_000,
  )
})

describe('events goes on, asks at most once a second, and prints all', () => {
  test.concurrent.each(illnesses)(
    'with $name',
    async (illness) => {
      await using mock = await startMock({ vms: 1 })
      await using child = await startFollowing(mock, impatient)
      const event = { entity: 'VIRTUAL_MACHINE', action: 'DEPLOY' }
      mock.platform.emit({ ...event, message: 'before' })
      await lineCount(child, 1)
      {
        using _ = await fallIll(mock, illness)
        mock.platform.emit({ ...event, message: 'during' })
      }
      mock.platform.emit({ ...event, message: 'after' })
      const said = () => messages(child).filter((message) => ['before', 'during', 'after'].includes(message ?? ''))
      await lineCount(child, mock.platform.events.count, 30_000)
      expect(said()).toEqual(['before', 'during', 'after'])
      expect(excessOf(mock.requests.all)).toBeLessThanOrEqual(mostAtOnce)
    },
    60_000,
  )
})

/** Runs `events` to its end. */
async function recover(mock: Mock, ...flags: string[]) {
  const command = await eventsCommand(mock, [...flags, '--no-follow'])
  const { code, stdout, stderr } = await run(command, { env: adminOf(mock) })
  const events: Printed[] = wholeLines(stdout).map((line) => JSON.parse(line))
  return { code, stderr, events, messages: events.map(({ message }) => message) }
}

const minute = 60_000

describe('--since --no-follow prints what was missed and ends', () => {
  const platforms: readonly MockOptions[] = [
    {},
    { eventDates: 'epoch' },
    { eventFormat: 'legacy', eventDates: 'epoch' },
    { eventIds: false },
    { maxPageSize: 100 },
    { paging: false },
  ]
  test.each(platforms)('of a platform with %j', async (options) => {
    await using mock = await startMock({ vms: 1, ...options })
    const now = Date.now()
    const emit = (message: string, ago: number) =>
      mock.platform.emit({ entity: 'VIRTUAL_MACHINE', action: 'DEPLOY', message, timestamp: now - ago })
    emit('too old', 61 * minute)
    const wanted = Array.from({ length: 1200 }, (_, at) => `event-${at}`)
    for (const [at, message] of wanted.entries()) emit(message, 59 * minute - at * 1000)
    for (const since of ['1h', '60m', new Date(now - 60 * minute).toISOString()]) {
      const { code, messages, events } = await recover(mock, '--since', since)
      expect({ code, messages }).toEqual({ code: 0, messages: wanted })
      expect(events.every(({ recovered }) => recovered === true)).toBe(true)
    }
    expect(streamRequests(mock)).toBe(0)
  })

  test('a history that is refused ends it with 4, one that is broken with 3', async () => {
    await using mock = await startMock({ vms: 1 })
    const refused = mock.faults.add({ kind: 'status', status: 403 }, { path: /^\/api\/events/ })
    expect(await recover(mock, '--since', '1h')).toMatchObject({ code: 4, messages: [] })
    refused.clear()
    mock.faults.add({ kind: 'html', status: 200 }, { path: /^\/api\/events/ })
    expect(await recover(mock, '--since', '1h')).toMatchObject({ code: 3, messages: [] })
  })
})

describe('filters are sent right, and hold for what is recovered too', () => {
  const other = { id: 1008, nick: 'bob', enterprise: { id: 8, name: 'Other' } }
  const mixed: readonly EventDraft[] = [
    { entity: 'VIRTUAL_MACHINE', action: 'DEPLOY_FINISH', user, message: 'deployed' },
    { entity: 'VIRTUAL_MACHINE', action: 'UNDEPLOY_FINISH', user: other, severity: 'WARN', message: 'undeployed' },
    { entity: 'MACHINE', action: 'MODIFY', severity: 'ERROR', scope: 'DATACENTER', message: 'changed' },
  ]
  const filters: [string[], string, string[]][] = [
    [['--user', 'system'], 'user=system', ['changed']],
    [['--user', 'ana'], 'user=ana', ['deployed']],
    [['--severity', 'warn,error'], 'severity=WARN,ERROR', ['undeployed', 'changed']],
    [['--severity', 'WARN', '--severity', 'error'], 'severity=WARN,ERROR', ['undeployed', 'changed']],
    [['--entity', 'machine'], 'entity=MACHINE', ['changed']],
    [
      ['--action', 'DEPLOY_FINISH,UNDEPLOY_FINISH', '--enterprise', '8'],
      'action=DEPLOY_FINISH,UNDEPLOY_FINISH&enterprise=8',
      ['undeployed'],
    ],
  ]
  test.each(filters)('%j', async (flags, query, wanted) => {
    await using mock = await startMock({ vms: 1 })
    await using child = await startFollowing(mock, flags)
    for (const draft of mixed) mock.platform.emit(draft)
    await lineCount(child, wanted.length)
    const sent = mock.requests.all.find(({ kind }) => kind === 'stream')?.path
    expect(sent).toEndWith(`&${query}`)
    expect(messages(child)).toEqual(wanted)
    expect(await recover(mock, '--since', '1h', ...flags)).toMatchObject({ code: 0, messages: wanted })
  })

  test('--scope, which no event tells, by the stream', async () => {
    await using mock = await startMock({ vms: 1 })
    await using child = await startFollowing(mock, ['--scope', 'datacenter'])
    for (const draft of mixed) mock.platform.emit(draft)
    await lineCount(child, 1)
    expect(mock.requests.all.find(({ kind }) => kind === 'stream')?.path).toEndWith('&scope=DATACENTER')
    expect(messages(child)).toEqual(['changed'])
  })
})

describe('what cannot be right is refused with 2 and a hint, and nobody is asked', () => {
  const mistakes: [string[], RegExp][] = [
    [['--serverity', 'warn'], /--serverity.* did you mean --severity\?/],
    [['--severity', 'wran,error'], /--severity: "wran" .* did you mean WARN\?/],
    [['--action', 'DEPLOY_FINSH'], /--action: .* did you mean DEPLOY_FINISH\?/],
    [['--entity', 'DEPLOY_FINISH'], /--entity: .* did you mean the action DEPLOY_FINISH\?/],
    [['--scope', 'galaxy'], /--scope: .* VIRTUALDATACENTER, ENTERPRISE, DATACENTER or PLATFORM/],
    [['--scope', 'PLATFORM', '--since', '1h'], /--scope and --since exclude each other/],
    [['--scope', 'PLATFORM', '--watch', 'poll'], /--scope and --watch poll exclude each other/],
    [['--since', 'yesterday'], /--since: "yesterday" .* 2026-11-20T10:00:00Z/],
    [['--no-follow'], /--no-follow alone .* --since/],
    [['--file', 'x'], /--file is a flag of run and regen/],
  ]
  test.each(mistakes)('%j', async (flags, words) => {
    const env = adminOf({ username: 'admin', password: 'a-password' })
    const command = await eventsCommand({ apiUrl: 'http://127.0.0.1:9/api' }, flags)
    const { code, stdout, stderr } = await run(command, { env })
    expect({ code, stdout, lines: wholeLines(stderr).length }).toEqual({ code: 2, stdout: '', lines: 1 })
    expect(stderr).toMatch(words)
  })
})
