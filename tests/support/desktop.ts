import { program } from './packages.ts'
import { freePort } from './ports.ts'
import { run, start } from './process.ts'

/** A real desktop: an X server that speaks VNC on 127.0.0.1. */
export interface Desktop extends AsyncDisposable {
  /** Where it listens, as a virtual machine's console address. */
  readonly address: { readonly ip: string; readonly port: number }
}

/**
 * Starts Xvnc on a free display, its whole screen in one colour.
 *
 * @param colour such as `#2a6099`
 */
export async function startDesktop(colour: string): Promise<Desktop> {
  const port = await freePort()
  const size = ['-geometry', '1024x768', '-depth', '24']
  const local = ['-interface', '127.0.0.1', '-localhost', '-SecurityTypes', 'None', '-AlwaysShared']
  const child = start([program('xvnc'), '-displayfd', '1', '-rfbport', String(port), ...local, ...size])
  try {
    // It picks the display itself and tells its number once it takes connections.
    const display = await child.line(/^\d+$/)
    const painted = await run([program('xsetroot'), '-solid', colour], { env: { DISPLAY: `:${display}` } })
    if (painted.code !== 0) throw new Error(`xsetroot failed: ${painted.stderr}`)
  } catch (error) {
    await child.stop()
    throw error
  }
  return {
    address: { ip: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      await child.stop()
    },
  }
}
