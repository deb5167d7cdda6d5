import type { BurstOptions } from './burst.ts'
import type { ChurnOptions } from './churn.ts'
import type { EventDraft } from './events.ts'
import type { Fault, FaultTarget } from './faults.ts'
import type { Mock } from './mock.ts'
import type { NewVm } from './platform.ts'
import type { ByteCount, CutOptions, Ending } from './stream-cuts.ts'
import type { DeployOptions, UndeployOptions } from './vm-actions.ts'
import type { ChangeOptions } from './world.ts'

/**
 * The arguments of an action, with the names that the methods of the platform give them. They come from a test's own
 * process, so they are taken as they are.
 */
export type Input = DeployOptions &
  UndeployOptions &
  NewVm &
  ChangeOptions &
  Omit<CutOptions, 'how'> &
  ChurnOptions &
  Omit<BurstOptions, 'event' | 'stream'> & {
    readonly id?: number
    readonly ip?: string | null
    readonly port?: number | string
    readonly rack?: number
    readonly appliance?: number
    readonly remoteAccess?: 'on' | 'off'
    readonly fault?: Fault
    readonly target?: FaultTarget
    readonly event?: EventDraft
    readonly ms?: number
    readonly maxMs?: number
    readonly how?: Ending | 'any'
    readonly bytes?: ByteCount
    readonly count?: number
    /** False: no stream sends the event. */
    readonly stream?: boolean
    readonly text?: string
    readonly bearers?: readonly string[]
    readonly token?: string
    readonly on?: boolean
    readonly username?: string
    readonly password?: string
  }

/** What a name under `/control/` does; the answer is sent as JSON. */
export type Action = (mock: Mock, input: Input) => unknown

/** Everything that another process can do to the platform. */
export const actions: Readonly<Record<string, Action>> = {
  deploy: (mock, input) => mock.platform.deploy(input.id ?? firstVm(mock, false), input),
  undeploy: (mock, input) => mock.platform.undeploy(input.id ?? firstVm(mock, true), input),
  move: (mock, input) => mock.platform.move(idOf(input), input.host, input),
  moveByHa: (mock, input) => mock.platform.moveByHa(idOf(input), input.host, input),
  moveToAppliance: (mock, input) => mock.platform.moveToAppliance(idOf(input), input),
  reconfigure: (mock, input) => mock.platform.reconfigure(idOf(input), input.remoteAccess ?? 'on', input),
  setRawVdrp: (mock, input) => mock.platform.setRawVdrp(idOf(input), input.ip ?? null, input.port ?? 0, input),
  powerOn: (mock, input) => mock.platform.powerOn(idOf(input), input),
  powerOff: (mock, input) => mock.platform.powerOff(idOf(input), input),
  requestAccess: (mock, input) => mock.platform.requestAccess(idOf(input), input),
  delete: (mock, input) => mock.platform.delete(idOf(input), input),
  release: (mock, input) => mock.platform.release(idOf(input), input),
  destroy: (mock, input) => mock.platform.destroy(idOf(input), input),
  create: (mock, input) => mock.platform.create(input),
  capture: (mock, input) => mock.platform.capture(input),
  import: (mock, input) => mock.platform.import(input),
  syncCreate: (mock, input) => mock.platform.syncCreate(input),
  createHost: (mock, input) => mock.platform.createHost(ipOf(input), input.rack, input),
  setHostAddress: (mock, input) => mock.platform.setHostAddress(idOf(input), ipOf(input), input).length,
  deleteHost: (mock, input) => mock.platform.deleteHost(idOf(input), input),
  deleteAppliance: (mock, input) => mock.platform.deleteAppliance(idOf(input), input),
  deleteVirtualDatacenter: (mock, input) => mock.platform.deleteVirtualDatacenter(idOf(input), input),
  createEnterprise: (mock, input) => mock.platform.createEnterprise(input.name, input),
  deleteEnterprise: (mock, input) => mock.platform.deleteEnterprise(idOf(input), input),
  emit: (mock, input) => {
    mock.platform.emit(input.event ?? fail('Give "event": {"entity", "action", ...}'), input)
  },
  // Answers when all are out.
  burst: async (mock, input) => {
    await mock.platform.burst(input.count ?? fail('Give "count"'), input)
  },
  churn: (mock, input) => mock.churn(input.perSecond ?? fail('Give "perSecond"'), input),
  'events/lag': (mock, input) => {
    mock.platform.events.lagMs = input.ms ?? 0
    mock.platform.events.lagMaxMs = input.maxMs ?? 0
  },
  'events/forget': (mock) => mock.platform.events.forget(),
  clock: (mock, input) => {
    mock.clock.skewMs = input.ms ?? 0
  },
  lag: (mock, input) => {
    if (input.id === undefined) mock.platform.restLagMs = input.ms ?? 0
    else mock.platform.lagVm(input.id, input.ms ?? null)
  },

  vm: (mock, input) => ({ ...mock.platform.vm(idOf(input)), path: mock.platform.pathOf(idOf(input)) }),
  vms: (mock) => mock.platform.vms,
  hosts: (mock) => mock.platform.hosts(),
  truth: (mock) => mock.platform.truth(),
  tokenLines: (mock) => mock.platform.tokenLines(),

  faults: (mock, input) => {
    if (input.fault !== undefined) mock.faults.add(input.fault, input.target)
    return mock.faults.active.map(({ fault, hits }) => ({ fault, hits }))
  },
  'faults/clear': (mock) => mock.faults.clear(),
  delay: (mock, input) => {
    mock.faults.delayMs = input.ms ?? 0
  },
  // This port serves the control too, so it opens again by itself.
  refuse: (mock, input) => mock.refuseFor(input.ms ?? 1000),

  'stream/cut': (mock, input) => mock.streams.cut(endingOf(input)),
  'stream/cutAfterBytes': (mock, input) => mock.streams.cutAfterBytes(input.bytes ?? fail('Give "bytes"'), input),
  'stream/clearCuts': (mock) => mock.streams.clearCuts(),
  'stream/cutMidEvent': (mock, input) => mock.streams.cutMidEvent(input.event ?? someEvent, endingOf(input)),
  'stream/stopMidEvent': (mock, input) => mock.streams.stopMidEvent(input.event ?? someEvent),
  'stream/available': (mock, input) => {
    mock.streams.available = input.on ?? true
  },
  'stream/raw': (mock, input) => mock.streams.sendRaw(input.text ?? ''),
  'stream/heartbeat': (mock) => mock.streams.heartbeat(),

  'accounts/password': (mock, input) => {
    const username = input.username ?? mock.username
    const account = mock.accounts.get(username) ?? fail(`There is no user "${username}"`)
    mock.accounts.set({ ...account, password: input.password ?? mock.password })
  },
  'accounts/unlock': (mock, input) => mock.accounts.unlock(input.username ?? mock.username),
  'accounts/expireTokens': (mock) => mock.accounts.expireTokens(),
  'accounts/bearers': (mock, input) =>
    mock.accounts.setBearers(input.username ?? mock.username, input.bearers ?? fail('Give "bearers": ["..."]')),
  'accounts/restrictBasic': (mock, input) => mock.accounts.restrictBasic(input.on ?? true),
  'oauth/client': (mock, input) =>
    mock.oauth.client(input.name ?? `client-${mock.oauth.count + 1}`, input.username ?? mock.username),
  'oauth/revoke': (mock, input) => mock.oauth.revoke(input.token ?? fail('Give "token"')),

  requests: (mock) => mock.requests.all,
  'requests/clear': (mock) => mock.requests.clear(),
  stats: (mock) => ({
    requests: mock.requests.count(),
    maxConcurrent: mock.requests.maxConcurrent,
    streamsOpen: mock.streams.open,
    streamsOpened: mock.streams.opened,
    streamsCutByBytes: mock.streams.cutByBytes,
    connections: mock.connections,
    events: mock.platform.events.count,
    vms: mock.platform.truthful.vms.size,
    rssBytes: process.memoryUsage.rss(),
    pid: process.pid,
  }),
}

const someEvent: EventDraft = { entity: 'VIRTUAL_MACHINE', action: 'DEPLOY_FINISH' }

function endingOf({ how }: Input): Ending | undefined {
  return how === 'any' ? fail('Give "how" as clean, abrupt or short') : how
}

function idOf({ id }: Input): number {
  return id ?? fail('Give "id"')
}

function ipOf({ ip }: Input): string {
  return ip ?? fail('Give "ip"')
}

function firstVm(mock: Mock, deployed: boolean): number {
  for (const vm of mock.platform.truthful.vms.values()) if ((vm.host !== null) === deployed) return vm.id
  return fail(`No virtual machine is ${deployed ? 'deployed' : 'undeployed'}`)
}

function fail(message: string): never {
  throw new Error(message)
}
