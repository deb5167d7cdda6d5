import { describe, expect, test } from 'bun:test'
import { type Mock, startMock } from './mock.ts'
import { basic, get, streamStatus } from './test-client.ts'

const status = async (mock: Mock, path: string, authorization: string) =>
  (await get(mock, path, { authorization })).status

async function tokenOf(mock: Mock): Promise<string> {
  return `Token ${(await get(mock, '/login')).headers.get('x-abiquo-token')}`
}

describe('a platform that takes Basic for the log-in only', () => {
  test('refuses it elsewhere, and its token is as good as ever', async () => {
    await using mock = await startMock({ vms: 1, basicRestricted: true })
    const token = await tokenOf(mock)
    expect([
      await status(mock, '/login', mock.authorization),
      await streamStatus(mock, { authorization: mock.authorization }),
      await status(mock, '/admin/enterprises', token),
      await streamStatus(mock, { authorization: token }),
      await status(mock, '/admin/enterprises', mock.authorization),
    ]).toEqual([200, 200, 200, 200, 401])
    expect(mock.requests.all.at(-1)).toMatchObject({ authorizationScheme: 'basic', authorizationWhy: 'restricted' })
  })

  test.each([
    [true, 401],
    [false, 200],
  ])('counts Basic elsewhere as bad log-ins: %p', async (basicRestrictedCounts, after) => {
    await using mock = await startMock({ vms: 1, basicRestricted: true, basicRestrictedCounts })
    for (let n = 0; n < 3; n++) await get(mock, '/admin/enterprises')
    expect([mock.accounts.isLocked('admin'), await status(mock, '/login', mock.authorization)]).toEqual([
      basicRestrictedCounts,
      after,
    ])
  })

  test('can become so, and stop', async () => {
    await using mock = await startMock({ vms: 1 })
    const statuses: number[] = []
    for (const restricted of [false, true, false]) {
      mock.accounts.restrictBasic(restricted)
      statuses.push(await status(mock, '/admin/enterprises', mock.authorization))
    }
    expect(statuses).toEqual([200, 401, 200])
  })
})

describe('tokens', () => {
  test('live as long as the platform says, by its own clock', async () => {
    await using mock = await startMock({ vms: 1, tokenLifeMs: 60_000, now: () => 1_700_000_000_000 })
    const token = await tokenOf(mock)
    mock.clock.skewMs = 60_000
    expect([
      await status(mock, '/admin/enterprises', token),
      await streamStatus(mock, { authorization: token }),
    ]).toEqual([200, 200])
    mock.clock.skewMs = 60_001
    expect([
      await status(mock, '/admin/enterprises', token),
      await streamStatus(mock, { authorization: token }),
    ]).toEqual([401, 401])
    expect(mock.requests.all.at(-1)).toMatchObject({ username: 'admin', authorizationWhy: 'expired' })
  })

  test('can expire all at once, and new ones are good', async () => {
    await using mock = await startMock({ vms: 1 })
    const before = await tokenOf(mock)
    mock.accounts.expireTokens()
    const after = await tokenOf(mock)
    expect([await status(mock, '/events', before), await status(mock, '/events', after)]).toEqual([401, 200])
  })

  test('that are wrong lock nobody', async () => {
    await using mock = await startMock({ vms: 1 })
    for (let n = 0; n < 5; n++) expect(await status(mock, '/login', 'Token x')).toBe(401)
    expect(await status(mock, '/login', mock.authorization)).toBe(200)
  })
})

test('a bearer is good until another takes its place', async () => {
  await using mock = await startMock({ vms: 1, bearers: ['one', 'two'] })
  const all = async () => {
    const statuses: number[] = []
    for (const bearer of ['one', 'two', 'three']) statuses.push(await status(mock, '/events', `Bearer ${bearer}`))
    return [...statuses, await streamStatus(mock, { authorization: 'Bearer two' })]
  }
  expect(await all()).toEqual([200, 200, 401, 200])
  mock.accounts.setBearers('admin', ['three'])
  expect(await all()).toEqual([401, 401, 200, 401])
})

test('a log-in that is refused counts once, whatever is asked', async () => {
  await using mock = await startMock({ vms: 1 })
  const wrong = basic('admin', 'no')
  await status(mock, '/login', wrong)
  await streamStatus(mock, { authorization: wrong })
  expect(mock.accounts.isLocked('admin')).toBe(false)
  await status(mock, '/events', wrong)
  expect(mock.accounts.isLocked('admin')).toBe(true)
})
