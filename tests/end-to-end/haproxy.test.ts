import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { type Mock, startMock } from '../mock-abiquo/index.ts'
import { openConsole } from '../support/console.ts'
import { startDaemon } from '../support/daemon.ts'
import { startDesktop } from '../support/desktop.ts'
import { type Balancer, type CheckStyle, startHaproxy } from '../support/haproxy.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { startWebsockify } from '../support/websockify.ts'

// The daemon tries the API again after at most 30 s.
const patient = { withinMs: 40_000 }

const styles: CheckStyle[] = ['plain', 'send-and-connect']

describe.each(styles)('a balancer with the %s check', (style) => {
  test('takes a host in once it has its tokens, and keeps it while the API is down', async () => {
    await using folder = tempFolder()
    await using desktop = await startDesktop('#2a6099')
    await using mock = await startMock({ vms: 40, enterprises: 4 })
    const token = deploy(mock, desktop.address)
    mock.refuse()
    await using daemon = await startDaemon(settings(mock, folder))
    await using websockify = await startWebsockify({ tokenSource: folder.file('tokens') })
    const ports = { websockify: websockify.port, health: daemon.healthPort }
    await using balancer = await startHaproxy(ports, style)

    await seen(balancer, 'DOWN', /^L7STS 503/)
    expect(await openConsole(balancer.port, token)).toBe(503)

    mock.accept()
    await seen(balancer, 'UP', /^L[47]OK/)
    expect(await openConsole(balancer.port, token)).toBe('open')

    mock.refuse()
    await waitFor('the daemon to notice', async () => (await daemon.readiness()).degraded.length > 0, patient)
    expect((await daemon.readiness()).status).toBe(200)
    await balancer.doubt()
    await seen(balancer, 'UP', /^L[47]OK/)
    expect(await openConsole(balancer.port, token)).toBe('open')
  }, 120_000)

  test('takes a host out when its daemon ends, and in again by the tokens it left, the API being down', async () => {
    await using folder = tempFolder()
    await using desktop = await startDesktop('#2a6099')
    await using mock = await startMock({ vms: 40, enterprises: 4 })
    const token = deploy(mock, desktop.address)
    await using first = await startDaemon(settings(mock, folder))
    await using websockify = await startWebsockify({ tokenSource: folder.file('tokens') })
    const ports = { websockify: websockify.port, health: first.healthPort }
    await using balancer = await startHaproxy(ports, style)
    await first.ready()
    await seen(balancer, 'UP', /^L[47]OK/)

    mock.refuse()
    expect(await first.child.stop()).toEqual({ code: 0, signal: null })
    await seen(balancer, 'DOWN', /^L4CON/)
    expect(await openConsole(balancer.port, token)).toBe(503)

    await using second = await startDaemon({ ...settings(mock, folder), healthPort: first.healthPort })
    await seen(balancer, 'UP', /^L[47]OK/)
    expect((await second.readiness()).degraded).not.toEqual([])
    expect(await openConsole(balancer.port, token)).toBe('open')
  }, 120_000)
})

test('a balancer that connects to websockify too takes the host out when websockify ends, and in when it is back', async () => {
  await using folder = tempFolder()
  await using mock = await startMock({ vms: 40, enterprises: 4 })
  await using daemon = await startDaemon(settings(mock, folder))
  await daemon.ready()
  const tokenSource = folder.file('tokens')
  await using websockify = await startWebsockify({ tokenSource })
  const ports = { websockify: websockify.port, health: daemon.healthPort }
  await using balancer = await startHaproxy(ports, 'send-and-connect')
  await seen(balancer, 'UP', /^L4OK/)

  await websockify.child.stop()
  await seen(balancer, 'DOWN', /^L4CON/)

  await using _again = await startWebsockify({ tokenSource, port: websockify.port })
  await seen(balancer, 'UP', /^L4OK/)
}, 120_000)

function settings(mock: Mock, folder: TempFolder) {
  return { api: mock, file: folder.file('tokens'), passwordFile: folder.file('password') }
}

/** Deploys a VM with this address and gives the token of its console. */
function deploy(mock: Mock, address: { ip: string; port: number }): string {
  mock.platform.deploy(mock.platform.create(), { address })
  return createHash('md5').update(`${address.ip}:${address.port}`).digest('hex')
}

/** Waits until the balancer has taken the host in or out, by a check with this outcome. */
async function seen(balancer: Balancer, status: 'UP' | 'DOWN', check: RegExp): Promise<void> {
  await waitFor(
    `the host to be ${status}`,
    async () => {
      const state = await balancer.state()
      return state.status === status && check.test(state.check)
    },
    patient,
  )
}
