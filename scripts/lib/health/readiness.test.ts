import { expect, test } from 'bun:test'
import { symlink } from 'node:fs/promises'
import { FileOutput } from '@novnc-tokens/tokens'
import { tempFolder } from '../../../tests/support/temp.ts'
import { type FakeChanges, fakeStatus, fakeTimes } from './fake-status.ts'
import { readiness } from './readiness.ts'

const { wall, now } = fakeTimes
const minute = 60_000
const file = '/opt/websockify/config.vnc'
const atStart = { completeSince: null, endedAt: null, durationMs: null, complete: 0, incomplete: 0 }
const { leftOut } = fakeStatus()
const noList = { ...atStart, why: 'no list has ended yet' }

function gapOf(at: number, healed: 'list' | null = null): NonNullable<FakeChanges['gaps']> {
  const last = { at, why: 'The stream broke', healed, healedAt: healed === null ? null : at + 1000 }
  return { healed: { history: 0, list: healed === null ? 0 : 1 }, last }
}

function judge(changes: FakeChanges, maxAgeMs: number | null = null) {
  return readiness(fakeStatus(changes), { wall, now, maxAgeMs })
}

test('all is well', () => {
  expect(judge({})).toEqual({
    ready: true,
    degraded: [],
    checks: {
      list: { ok: true, ageSeconds: 60, why: null },
      outputs: [{ name: file, ok: true, ageSeconds: 58, held: 0, why: null }],
      watch: { ok: true, state: 'open', lastByteAgeSeconds: 5, why: null },
    },
  })
})

const down = { state: 'down', since: wall - 3 * minute, error: 'The stream broke', retryAt: wall + 4200 } as const
const downSays =
  'The event stream has been down for 3 min: The stream broke; next try in 4 s; lists find changes meanwhile'
const unreachable = 'Cannot list enterprises: GET "https://h/api/admin/enterprises" failed: Unable to connect'
const unwritable = `Cannot write "${file}": ENOSPC: no space left on device. Make room on its file system`

test.each<[string, FakeChanges, boolean, string[]]>([
  [
    'before the first list, without an earlier output',
    { list: noList, outputs: [{ existed: false, modifiedAt: null, writes: 0 }] },
    false,
    ['No list is complete yet, and there are no tokens of an earlier run to serve'],
  ],
  [
    'before the first output is looked at',
    { list: noList, outputs: [{ existed: false, loaded: false, modifiedAt: null }] },
    false,
    ['No list is complete yet, and there are no tokens of an earlier run to serve'],
  ],
  [
    'before the first list, with an earlier output',
    { list: noList },
    true,
    ['No list is complete yet, and the tokens of an earlier run are served'],
  ],
  [
    'an API out of reach since the start, with an earlier output',
    { list: { ...noList, endedAt: wall, why: unreachable }, watch: down },
    true,
    [`No list is complete yet, and the tokens of an earlier run are served: ${unreachable}`, downSays],
  ],
  [
    'an API out of reach for a week',
    { list: { completeSince: wall - 7 * 24 * 60 * minute, expectedEveryMs: minute, why: unreachable }, watch: down },
    true,
    [`The last complete list is 7 d old, one is due every 60 s: ${unreachable}`, downSays],
  ],
  [
    'a list that failed a moment ago',
    { list: { why: unreachable } },
    true,
    [`The last list is not complete: ${unreachable}`],
  ],
  ['a list as old as it may become', { list: { completeSince: wall - 15 * minute - 2000, why: null } }, true, []],
  [
    'a list older than that',
    { list: { completeSince: wall - 15 * minute - 2001 } },
    true,
    ['The last complete list is 15 min old, one is due every 5 min'],
  ],
  [
    'a refused log-in, whose user is not named',
    {
      login: {
        state: 'refused',
        why: 'The platform refuses the log-in of "bob": GET "https://h/api/login" answered 401 (AUTH-1). Check user name and password',
        retryAt: now + 5 * minute,
      },
      watch: { state: 'connecting', since: wall - 60 * minute },
    },
    true,
    ['The platform refuses the log-in (401): check its credentials; next try in 5 min, at once on HUP'],
  ],
  [
    'a log-in out of reach',
    { login: { state: 'failing', why: 'GET "https://h/api/login" failed: Unable to connect', retryAt: now } },
    true,
    ['The log-in fails: GET "https://h/api/login" failed: Unable to connect; next try now'],
  ],
  ['a watch that is down', { watch: down }, true, [downSays]],
  ['a watch that connects', { watch: { state: 'connecting', since: wall - minute } }, true, []],
  [
    'a watch that does not get to connect',
    { watch: { state: 'connecting', since: wall - 2 * minute } },
    true,
    ['The event stream has been connecting for 2 min'],
  ],
  [
    'a blind watch',
    { sight: { blind: true, hint: 'the user probably lacks the privilege X' } },
    true,
    ['Events do not tell what lists find: the user probably lacks the privilege X'],
  ],
  ['no watch', { watch: null }, true, []],
  ['a watch of nothing', { watch: { kind: 'none', state: 'down', error: 'none' } }, true, []],
  [
    'an enterprise that refuses',
    { refusedEnterprises: [{ id: '7', why: 'GET "https://h/api/x" answered 403 Forbidden (GEN-4: bob may not)' }] },
    true,
    ['Enterprise 7 refuses the user, and its tokens stay as they are: GET "https://h/api/x" answered 403 (GEN-4)'],
  ],
  [
    'many enterprises that refuse',
    { refusedEnterprises: Array.from({ length: 6 }, (_, index) => ({ id: `${index}`, why: 'no' })) },
    true,
    ['Enterprises 0, 1, 2, 3, 4, ... refuse the user, and their tokens stay as they are: no'],
  ],
  [
    'a first output that cannot be written',
    { outputs: [{ error: unwritable, retryAt: now + 8000, pending: 0 }] },
    false,
    [`${unwritable}; next try in 8 s`],
  ],
  [
    'a first output that takes all but some tokens',
    { outputs: [{ error: unwritable, errorCode: 'blocked', retryAt: now + 8000, pending: 1 }] },
    true,
    [`${unwritable}; next try in 8 s`],
  ],
  [
    'a second output that cannot be written',
    { outputs: [{}, { name: '/b', error: 'Cannot write "/b": EIO', retryAt: now + 8000, pending: 3 }] },
    true,
    ['Cannot write "/b": EIO; next try in 8 s'],
  ],
  [
    'an output of a kind whose errors do not name it, with changes that wait',
    { outputs: [{ error: 'The connection broke', retryAt: now + 1, pending: 1 }] },
    false,
    [`Output ${file}: The connection broke; next try in 1 s`],
  ],
  [
    'an earlier output that cannot be read, before the first list',
    {
      list: noList,
      outputs: [{ loaded: false, error: `Cannot read "${file}": EACCES`, retryAt: now + 1000, pending: 9 }],
    },
    true,
    [
      'No list is complete yet, and the tokens of an earlier run are served',
      `Cannot read "${file}": EACCES; next try in 1 s`,
    ],
  ],
  [
    'an output that cannot be looked at, while changes wait',
    { outputs: [{ error: `Cannot look at "${file}": EACCES`, retryAt: now + 1000, pending: 1 }] },
    false,
    [`Cannot look at "${file}": EACCES; next try in 1 s`],
  ],
  [
    'held removals',
    { outputs: [{ held: 25, heldWhy: '25 of 40 tokens would go by lists alone' }] },
    true,
    [
      `The guard holds the removal of 25 tokens from ${file}: 25 of 40 tokens would go by lists alone; they go once another list, one --resync later, agrees; at once at the signal USR2`,
    ],
  ],
  [
    'refused addresses',
    { refusedAddresses: 1 },
    true,
    ['1 virtual machine without a token, since the address cannot be used: the log names them'],
  ],
  [
    'an enterprise that is chosen and unknown',
    { unknownEnterprises: ['7'] },
    true,
    ['Enterprise 7 is chosen, but the platform has no such: check --enterprise, and what the user may see'],
  ],
  [
    'many such enterprises',
    { unknownEnterprises: ['1', '2', '3', '4', '5', '6'] },
    true,
    [
      'Enterprises 1, 2, 3, 4, 5, ... are chosen, but the platform has no such: check --enterprise, and what the user may see',
    ],
  ],
  ['virtual machines that are left out on purpose', { leftOut: { ...leftOut, 'other-datacenter': 9 } }, true, []],
  [
    'datacenters that are chosen and hold no console',
    { tokens: 0, leftOut: { ...leftOut, 'other-datacenter': 1 } },
    true,
    ['No virtual machine has a console in the chosen datacenters, 1 has one elsewhere: check --datacenter'],
  ],
  [
    'virtual machines that tell too little',
    { leftOut: { ...leftOut, 'no-datacenter': 2, 'no-enterprise': 1 } },
    true,
    [
      '2 virtual machines without a token, since the platform does not tell the datacenter, by which is chosen',
      '1 virtual machine without a token, since the platform does not tell the enterprise, by which is chosen',
    ],
  ],
  ['a standby, first or not', { outputs: [{ role: 'standby' }, { role: 'standby' }] }, true, []],
  [
    'a first output of another kind that fails',
    { outputs: [{ name: '/t', error: 'Cannot write to the folder "/t": EIO', retryAt: now + 8000 }, {}] },
    false,
    ['Cannot write to the folder "/t": EIO; next try in 8 s'],
  ],
  ['what an output cannot carry', { outputs: [{ uncarried: 3 }] }, true, []],
  [
    'a line that no reader could make sense of',
    { outputs: [{ malformed: 1 }] },
    true,
    [
      '1 token left out of /opt/websockify/config.vnc, since no reader could make sense of the lines: the log names them',
    ],
  ],
  ['a command that fails', { onChange: { running: false, runs: 3, failures: 3 } }, true, []],
  [
    'a loop of an output that stands still',
    { outputs: [{}, { name: '/b', overdueMs: 61_000 }] },
    true,
    ['The loop of /b has not turned for 61 s'],
  ],
  ['an output that hangs', { outputs: [{ overdueMs: 0, pending: 3 }] }, true, []],
  ['a gap that was just noticed', { gaps: gapOf(wall - 30_000) }, true, []],
  [
    'a gap that nothing has made up for',
    { gaps: gapOf(wall - 90_000) },
    true,
    ['Events may have been missed 90 s ago, until the history or a complete list makes up for them: The stream broke'],
  ],
  ['a gap that a list made up for', { gaps: gapOf(wall - 90_000, 'list') }, true, []],
  ['a loop that stands still', { turnedAt: wall - 90_000 }, true, ['The loop has not turned for 90 s']],
])('%s', (_, changes, ready, degraded) => {
  const { ready: isReady, degraded: reasons } = judge(changes)
  expect({ ready: isReady, degraded: reasons }).toEqual({ ready, degraded })
})

test.each<[string, FakeChanges, number, boolean, string[]]>([
  ['a list that is young enough', {}, 60_000, true, []],
  ['a list that is too old', {}, 59_999, false, ['What is served is 60 s old, max_age allows 59999ms']],
  ['an output of an earlier run that is young enough', { list: noList }, 58_000, true, []],
  [
    'an output of an earlier run that is too old',
    { list: noList },
    57_000,
    false,
    ['What is served is 58 s old, max_age allows 57s'],
  ],
  [
    'nothing at all',
    { list: noList, outputs: [{ existed: false, modifiedAt: null }] },
    60_000,
    false,
    ['What is served is of unknown age, max_age allows 1m'],
  ],
  ['an output from the future', { list: noList, outputs: [{ modifiedAt: wall + 999 }] }, 1, true, []],
])('max_age: %s', (_, changes, maxAgeMs, ready, reasons) => {
  const result = judge(changes, maxAgeMs)
  expect(result.ready).toBe(ready)
  expect(result.degraded.slice(0, reasons.length)).toEqual(reasons)
  if (reasons.length > 0) expect(result.checks.list).toMatchObject({ ok: false, why: reasons[0] ?? '' })
})

test('the checks tell of each output and of the watch', () => {
  const { checks } = judge({
    outputs: [
      {},
      {
        name: '/b/0123456789abcdef0123456789abcdef',
        error: 'Cannot write: EIO',
        retryAt: now,
        lastWriteAt: wall - 7000,
        held: 9,
      },
    ],
    watch: down,
  })
  expect(checks.outputs).toEqual([
    { name: file, ok: true, ageSeconds: 58, held: 0, why: null },
    {
      name: '/b/[token]',
      ok: false,
      ageSeconds: 7,
      held: 9,
      why: 'Output /b/[token]: Cannot write: EIO; next try now',
    },
  ])
  expect(checks.watch).toEqual({ ok: false, state: 'down', lastByteAgeSeconds: 5, why: downSays })
  expect(judge({ watch: null }).checks.watch).toEqual({
    ok: true,
    state: 'none',
    lastByteAgeSeconds: null,
    why: null,
  })
})

test("what a file output says of writing takes a host out, what it says of reading doesn't", async () => {
  await using folder = tempFolder()
  await symlink('loop', folder.file('loop'))
  const errorOf = async (step: Promise<unknown>) => {
    const error = await step.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    return error instanceof Error ? error.message : 'none'
  }
  const lines = (await new FileOutput({ path: folder.file('none') }).load()).lines
  const errors = {
    read: await errorOf(new FileOutput({ path: folder.file('loop') }).load()),
    folder: await errorOf(new FileOutput({ path: folder.path }).load()),
    write: await errorOf(new FileOutput({ path: folder.file('none', 'at', 'all') }).write(lines)),
  }
  const readyWith = (error: string, loaded: boolean) => judge({ outputs: [{ error, loaded, retryAt: now }] }).ready
  expect({
    read: readyWith(errors.read, false),
    folder: readyWith(errors.folder, false),
    write: readyWith(errors.write, true),
  }).toEqual({ read: true, folder: false, write: false })
})
