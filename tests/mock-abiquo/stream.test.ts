import { describe, expect, test } from 'bun:test'
import { type Mock, startMock } from './mock.ts'
import { basic, eventsIn, list, openStream, streamStatus } from './test-client.ts'

const pad = ' '.repeat(2000)

async function read(mock: Mock, query: string, action: () => void): Promise<string> {
  const { text } = await openStream(mock, query)
  action()
  mock.streams.cut()
  return text
}

const actionsOf = (events: readonly Record<string, unknown>[]) => events.map((event) => event['action'])
const actionsIn = (text: string) => actionsOf(eventsIn(text))

describe('dialects', () => {
  const table = [
    ['1.0', `data:${pad}\n\n\ndata:E\n\n`],
    ['1.1', `${pad}\ndata:E\n\n`],
    ['2.1', `${pad}\ndata:E\r\n\r\ndata: \r\n\r\n`],
    ['2.3', `${pad}\ndata:E\r\n\r\ndata:X\r\n\r\n`],
  ] as const
  test.each(table)('%s writes its opening, an event and a heartbeat byte for byte', async (dialect, expected) => {
    await using mock = await startMock({ vms: 1, dialect })
    const text = await read(mock, '', () => {
      mock.platform.requestAccess(1)
      mock.streams.heartbeat()
    })
    expect(text.replace(/\{.*\}/, 'E')).toBe(expected)
  })

  test('heartbeats come by themselves after a silence', async () => {
    await using mock = await startMock({ vms: 1, heartbeatMs: 5 })
    const response = await fetch(`${mock.streamUrl}?X-Atmosphere-Transport=sse`, auth(mock))
    let text = ''
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString()
      if (text.endsWith('data:X\r\n\r\ndata:X\r\n\r\n')) break
    }
    expect(text).toBe(`${pad}\ndata:X\r\n\r\ndata:X\r\n\r\n`)
  })

  test('a message begins with its length where the platform is told so', async () => {
    await using mock = await startMock({ vms: 1, lengthPrefix: true })
    mock.platform.createEnterprise('Zoë 🦊')
    const text = await read(mock, '', () =>
      mock.platform.emit({ entity: 'USER', action: 'LOGIN', entityName: 'Zoë 🦊' }),
    )
    const [, length, json = ''] = /data:(\d+)\|(\{.*\})/.exec(text) ?? []
    expect(Number(length)).toBe(json.length)
  })

  test('without the transport parameter the messages are bare and no server-sent events', async () => {
    await using mock = await startMock({ vms: 1 })
    const response = await fetch(`${mock.streamUrl}?entity=VIRTUAL_MACHINE`, auth(mock))
    mock.platform.requestAccess(1)
    mock.platform.requestAccess(1)
    mock.streams.cut()
    expect(response.headers.get('content-type')).toBe('text/plain;charset=utf-8')
    expect((await response.text()).replaceAll(/\{[^}]*\}/g, 'E')).toBe('EE')
  })

  test('a server of 2.3 answers 501 to another framework version', async () => {
    await using mock = await startMock({ vms: 1 })
    const query = '?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0.1'
    expect((await fetch(mock.streamUrl + query, auth(mock))).status).toBe(501)
  })

  test('a long event comes in pieces that are split inside characters', async () => {
    await using mock = await startMock({ vms: 1, pieceBytes: 3 })
    const text = await read(mock, '', () =>
      mock.platform.emit({ entity: 'USER', action: 'LOGIN', entityName: '🦊🦊🦊' }),
    )
    expect(eventsIn(text)).toMatchObject([{ entityName: '🦊🦊🦊' }])
  })

  test('ten thousand events in a burst arrive in order', async () => {
    await using mock = await startMock({ vms: 1 })
    const text = await read(mock, '', () => {
      for (let n = 0; n < 10_000; n++) mock.platform.emit({ entity: 'USER', action: `A${n}` })
    })
    expect(actionsIn(text)).toEqual(Array.from({ length: 10_000 }, (_, n) => `A${n}`))
  })

  test('up to 4.6 an event has its own fields', async () => {
    await using mock = await startMock({ vms: 20, enterprises: 2, eventFormat: 'legacy' })
    const text = await read(mock, '&action=UNDEPLOY_FINISH', () => mock.platform.undeploy(12))
    expect(eventsIn(text)).toEqual([
      {
        timestamp: expect.any(Number),
        user: '/admin/enterprises/2/users/1002',
        severity: 'INFO',
        source: 'api',
        action: 'UNDEPLOY_FINISH',
        type: 'VIRTUAL_MACHINE',
        entityIdentifier: mock.platform.pathOf(12),
        enterprise: '/admin/enterprises/2',
        details: { VIRTUAL_MACHINE_NAME: 'ABQ_0000000c', VIRTUAL_MACHINE_STATE: 'NOT_ALLOCATED' },
      },
    ])
  })
})

describe('filters', () => {
  const deployed = ['DEPLOY', 'DEPLOY', 'ALLOCATE_VIRTUAL_MACHINE', 'DEPLOY_FINISH', 'VSM_CHANGE_STATE']
  const table: [query: string, actions: string[]][] = [
    ['', [...deployed, 'MODIFY']],
    ['&action=DEPLOY_FINISH', ['DEPLOY_FINISH']],
    ['&action=DEPLOY_FINISH,MODIFY', ['DEPLOY_FINISH', 'MODIFY']],
    ['&action=DEPLOY&entity=VIRTUAL_APPLIANCE', ['DEPLOY']],
    ['&entity=VIRTUAL_APPLIANCE,MACHINE', ['DEPLOY', 'MODIFY']],
    ['&entity=MACHINE&action=DEPLOY', []],
    ['&user=system', ['VSM_CHANGE_STATE']],
    ['&user=user-2', deployed.slice(0, 4)],
    ['&enterprise=/api/admin/enterprises/2', deployed.slice(0, 4)],
    ['&enterprise=1', ['MODIFY']],
    ['&severity=ERROR', []],
    ['&scope=DATACENTER', ['MODIFY']],
    ['&scope=VIRTUALDATACENTER&user=system', ['VSM_CHANGE_STATE']],
  ]
  test.each(table)('%p lets pass %p', async (query, actions) => {
    await using mock = await startMock({ vms: 20, enterprises: 2, undeployed: 0.1 })
    const text = await read(mock, query, () => {
      mock.platform.deploy(20)
      mock.platform.setHostAddress(1, '10.1.1.1')
    })
    expect(actionsIn(text)).toEqual(actions)
  })

  const rights: [sees: 'all' | 'enterprise' | 'own' | 'nothing', actions: string[]][] = [
    ['all', ['REQUEST_ACCESS', 'VSM_VM_MOVED', 'REQUEST_ACCESS', 'REQUEST_ACCESS']],
    ['enterprise', ['REQUEST_ACCESS', 'REQUEST_ACCESS']],
    ['own', ['REQUEST_ACCESS']],
    ['nothing', []],
  ]
  test.each(rights)('a user whose privileges show %p sees %p', async (sees, actions) => {
    await using mock = await startMock({ vms: 20, enterprises: 2 })
    const actor = mock.platform.userOf(2)
    mock.accounts.set({ username: 'u', password: 'p', actor, sees })
    const { text } = await openStream(mock, '', { authorization: basic('u', 'p') })
    mock.platform.requestAccess(1)
    mock.platform.move(1)
    mock.platform.requestAccess(12)
    mock.platform.requestAccess(12, { actor: { ...actor, id: 5 } })
    mock.streams.cut()
    expect(actionsIn(await text)).toEqual(actions)
  })
})

test.each([
  ['PHYS_DC_ALLOW_MODIFY_SERVERS', ['DEPLOY', 'DEPLOY', 'ALLOCATE_VIRTUAL_MACHINE', 'DEPLOY_FINISH']],
  ['VAPP_DEPLOY_UNDEPLOY', ['ALLOCATE_VIRTUAL_MACHINE', 'VSM_CHANGE_STATE', 'VSM_VM_MOVED', 'MODIFY']],
] as const)('a user who lacks %s sees %p', async (privilege, actions) => {
  await using mock = await startMock({ vms: 20, enterprises: 2 })
  const actor = mock.platform.userOf(1)
  mock.accounts.set({ username: 'u', password: 'p', actor, lacks: [privilege] })
  const { text } = await openStream(mock, '', { authorization: basic('u', 'p') })
  mock.platform.deploy(20)
  mock.platform.move(1)
  mock.platform.setHostAddress(1, '10.1.1.1')
  mock.streams.cut()
  expect(actionsIn(await text)).toEqual([...actions])
})

describe('endings', () => {
  test('a clean cut ends the body and leaves the connection usable', async () => {
    await using mock = await startMock({ vms: 1 })
    await read(mock, '', () => {})
    expect(mock.connections).toBe(1)
    expect(mock.streams.open).toBe(0)
  })

  test('an abrupt cut is an error for the client', async () => {
    await using mock = await startMock({ vms: 1 })
    const { text } = await openStream(mock)
    mock.streams.cut('abrupt')
    await expect(text).rejects.toThrow()
  })

  test('an event can be cut in half', async () => {
    await using mock = await startMock({ vms: 1 })
    const { text } = await openStream(mock)
    mock.streams.cutMidEvent({ entity: 'VIRTUAL_MACHINE', action: 'DEPLOY_FINISH' })
    const body = await text
    expect(body).toContain('data:{"timestamp"')
    expect(body).not.toContain('}')
  })

  test('an event can stop in its middle, and then there is silence, while REST has it', async () => {
    await using mock = await startMock({ vms: 1, heartbeatMs: 1 })
    const { text } = await openStream(mock)
    mock.streams.stopMidEvent({ entity: 'VIRTUAL_MACHINE', action: 'DEPLOY_FINISH' })
    mock.platform.requestAccess(1)
    mock.streams.heartbeat()
    mock.streams.cut()
    const body = await text
    expect([body.includes('data:{"timestamp"'), body.includes('}')]).toEqual([true, false])
    const { collection } = await list(mock, '/events?asc=true')
    expect(actionsOf(collection)).toEqual(['DEPLOY_FINISH', 'REQUEST_ACCESS'])
  })

  test('a stream ends when its time is over', async () => {
    await using mock = await startMock({ vms: 1, streamLifeMs: 5 })
    const { text } = await openStream(mock)
    expect([await text, mock.streams.open]).toEqual([`${pad}\n`, 0])
  })

  test('an event of 10 MB comes whole', async () => {
    await using mock = await startMock({ vms: 1 })
    const message = 'x'.repeat(10_000_000)
    const text = await read(mock, '', () => mock.platform.emit({ entity: 'USER', action: 'LOGIN', message }))
    expect(eventsIn(text).map((event) => String(event['message']).length)).toEqual([10_000_000])
  })

  test('a client that does not read is cut', async () => {
    await using mock = await startMock({ vms: 1, slowReaderMs: 20 })
    const port = Number(new URL(mock.origin).port)
    const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => {} } })
    socket.pause()
    const head = `GET /m/stream?X-Atmosphere-Transport=sse HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('admin', 'xabiquo')}`
    socket.write(`${head}\r\n\r\n`)
    await mock.streams.whenOpened(1)
    const message = 'x'.repeat(1_000_000)
    while (mock.streams.open > 0) {
      mock.platform.emit({ entity: 'USER', action: 'LOGIN', message })
      await new Promise((resolve) => setImmediate(resolve))
      if (mock.platform.events.count > 40) await Bun.sleep(1)
    }
    socket.terminate()
    expect(mock.streams.open).toBe(0)
  })

  test('a client that goes leaves no stream behind', async () => {
    await using mock = await startMock({ vms: 1 })
    const abort = new AbortController()
    const response = await fetch(`${mock.streamUrl}?X-Atmosphere-Transport=sse`, {
      ...auth(mock),
      signal: abort.signal,
    })
    expect([response.status, mock.streams.open]).toEqual([200, 1])
    abort.abort()
    while (mock.streams.open > 0) await Bun.sleep(1)
    expect(mock.streams.open).toBe(0)
  })

  test('a platform without M has no stream, whoever asks, and may get one', async () => {
    await using mock = await startMock({ vms: 1, stream: false })
    const statuses: unknown[] = []
    for (const authorization of [mock.authorization, '']) {
      const response = await fetch(mock.streamUrl, { headers: { authorization } })
      statuses.push(response.status, response.headers.get('content-type'))
    }
    mock.streams.available = true
    statuses.push(await streamStatus(mock))
    expect(statuses).toEqual([404, 'text/html;charset=utf-8', 404, 'text/html;charset=utf-8', 200])
  })

  test('a stream needs a log-in', async () => {
    await using mock = await startMock({ vms: 1 })
    const { response } = await openStream(mock, '', { authorization: basic('admin', 'no') })
    expect([response.status, mock.streams.open]).toEqual([401, 0])
  })
})

function auth(mock: Mock): { headers: { authorization: string } } {
  return { headers: { authorization: mock.authorization } }
}
