import { createHash } from 'node:crypto'
import type { Platform } from './platform.ts'

/** A VM of its own, which is deployed at addresses that nobody else has. */
export interface ConsoleVm {
  /** The line of the token file that its next deploy means, or that its undeploy takes away. */
  readonly line: string
  deploy(): Promise<void>
  undeploy(): Promise<void>
}

/** No host of the mock has it. */
const ip = '192.0.2.1'

/** Creates an undeployed VM; each deploy has another port, so that each token is new. */
export async function createConsoleVm(platform: Platform): Promise<ConsoleVm> {
  const { id } = await platform.control<{ id: number }>('create')
  let port = 10_000
  return {
    get line() {
      const address = `${ip}:${port}`
      return `${createHash('md5').update(address).digest('hex')}: ${address}\n`
    },
    async deploy() {
      await platform.control('deploy', { id, address: { ip, port } })
    },
    async undeploy() {
      await platform.control('undeploy', { id })
      port++
    },
  }
}
