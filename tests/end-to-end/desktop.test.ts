import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { startMock } from '../mock-abiquo/index.ts'
import { startBrowser } from '../support/browser.ts'
import { openConsole } from '../support/console.ts'
import { startDaemon } from '../support/daemon.ts'
import { startDesktop } from '../support/desktop.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { startWebsockify } from '../support/websockify.ts'

test('the desktop of a deployed VM shows in noVNC by the token that the daemon wrote, and is gone once it is undeployed', async () => {
  const colour = '#2a6099'
  await using folder = tempFolder()
  await using desktop = await startDesktop(colour)
  await using mock = await startMock({ vms: 40, enterprises: 4 })
  const file = folder.file('tokens')
  await using daemon = await startDaemon({ api: mock, file, passwordFile: folder.file('password') })
  await using websockify = await startWebsockify({ tokenSource: file })
  await using browser = await startBrowser()
  await daemon.ready()

  const { ip, port } = desktop.address
  const token = createHash('md5').update(`${ip}:${port}`).digest('hex')
  const tokens = (): Promise<string> => Bun.file(file).text()
  const line = `${token}: ${ip}:${port}\n`
  const before = await tokens()
  expect(before).toMatch(/^([0-9a-f]{32}: \S+:\d+\n)+$/)
  expect(before).not.toContain(token)
  expect(await openConsole(websockify.port, token)).toBe('refused')

  const vm = mock.platform.create()
  mock.platform.deploy(vm, { address: desktop.address })
  await waitFor('the token', async () => (await tokens()).includes(line))
  expect(await openConsole(websockify.port, token)).toBe('open')
  await browser.showsColour(websockify.page(token), colour)

  mock.platform.undeploy(vm)
  await waitFor('the token to go', async () => !(await tokens()).includes(token))
  expect(await openConsole(websockify.port, token)).toBe('refused')
  expect(await browser.failure(websockify.page(token))).toBe('Failed to connect to server')
  expect(await tokens()).toBe(before)
}, 120_000)
