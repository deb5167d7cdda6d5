import { expect, test } from 'bun:test'
import { startMock } from '../mock-abiquo/index.ts'
import { openConsole } from '../support/console.ts'
import { startDaemon } from '../support/daemon.ts'
import { startGreeter } from '../support/greeter.ts'
import { freePort } from '../support/ports.ts'
import { tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { startWebsockify } from '../support/websockify.ts'
import { lineOf } from '../system/vms.ts'

test.each(['127.0.0.1', '::1'])(
  "websockify's JSONTokenApi opens a console on %s as soon as its VM is deployed, and not once it is undeployed",
  async (ip) => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 20 })
    using vnc = startGreeter(ip)
    const port = await freePort()
    await using daemon = await startDaemon({
      api: mock,
      file: folder.file('config.vnc'),
      passwordFile: folder.file('password'),
      flags: ['--lookup', `127.0.0.1:${port}`],
    })
    await daemon.ready()
    await using websockify = await startWebsockify({
      tokenPlugin: 'JSONTokenApi',
      tokenSource: `http://127.0.0.1:${port}/tokens/%s`,
    })
    const vm = mock.platform.create()
    const deployed = mock.platform.deploy(vm, { address: { ip, port: vnc.port } })
    const token = lineOf(deployed).slice(0, 32)
    // Whoever opens it in the very moment waits; whoever is a moment too early, before its event, is refused.
    await waitFor('the console', async () => (await openConsole(websockify.port, token)) === 'open')
    expect(await openConsole(websockify.port, '0'.repeat(32))).toBe('refused')
    expect(await openConsole(websockify.port, '..%2Fstatus')).toBe('refused')
    mock.platform.undeploy(vm)
    await waitFor('the end of it', async () => (await openConsole(websockify.port, token)) === 'refused')
  },
  60_000,
)
