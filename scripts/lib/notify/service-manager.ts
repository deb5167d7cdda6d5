import { type Clock, messageOf } from '@novnc-tokens/api'
import type { Logger } from '../log/log.ts'
import { notifySettings } from './notify-settings.ts'
import { type NotifySocket, openNotifySocket } from './notify-socket.ts'
import { type ServiceFacts, ServiceState } from './service-state.ts'

/** Tells the service manager how this process stands, until disposed. */
export interface ServiceManager extends Disposable {
  /** This process does what it is for. */
  ready(): void
  /** Does what reads the settings again, and tells when that begins and ends. */
  reload(step: () => void): void
  /** This process ends. */
  stopping(): void
}

/** Settings of {@link serviceManager}. */
export interface ServiceManagerOptions extends ServiceFacts {
  clock: Clock
  logger: Pick<Logger, 'warn'>
  /** @default those of this process */
  environment?: Readonly<Record<string, string | undefined>>
  /** @default that of this process */
  pid?: number
  /** @default by the C library, which is loaded then */
  open?: (address: string) => NotifySocket
}

const silent: ServiceManager = {
  ready: () => {},
  reload: (step) => step(),
  stopping: () => {},
  [Symbol.dispose]: () => {},
}

/**
 * Tells the service manager that started this process, where one wants to know (sd_notify(3)). Whatever fails about that
 * is warned of once, tried again, and harms nothing else.
 */
export function serviceManager(options: ServiceManagerOptions): ServiceManager {
  const { clock, logger, environment = process.env, pid = process.pid, open = openNotifySocket } = options
  const settings = notifySettings(environment, pid)
  if (settings === null) return silent
  let warned = false
  const warn = (error: unknown) => {
    if (!warned) logger.warn(`The service manager cannot be told how this program stands: ${messageOf(error)}`)
    warned = true
  }
  const socket = opened(() => open(settings.address), warn)
  if (socket === null) return silent
  const state = new ServiceState(settings.watchdogMs, options)
  const flush = () => {
    try {
      state.flush(clock.now(), (datagram) => socket.send(datagram))
    } catch (error) {
      warn(error)
    }
  }
  const ending = new AbortController()
  void keepTelling(flush, () => state.dueIn(clock.now()), clock, ending.signal)
  return {
    ready: () => {
      state.ready()
      flush()
    },
    reload: (step) => {
      state.reloading(socket.monotonicMicros())
      flush()
      try {
        step()
      } finally {
        state.reloaded()
        flush()
      }
    },
    stopping: () => {
      state.stopping()
      flush()
    },
    [Symbol.dispose]: () => {
      ending.abort()
      socket[Symbol.dispose]()
    },
  }
}

function opened(open: () => NotifySocket, warn: (error: unknown) => void): NotifySocket | null {
  try {
    return open()
  } catch (error) {
    warn(error)
    return null
  }
}

async function keepTelling(flush: () => void, dueIn: () => number, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    flush()
    await clock.sleep(dueIn(), signal).catch(() => undefined)
  }
}
