import { type EstateVm, hostPath, type Placed, pathOf } from './estate.ts'
import type { Site } from './site.ts'

/** How the events of a change travel. */
export type Telling = 'now' | 'late' | 'very late' | 'twice' | 'late twice' | 'vague' | 'history' | 'lost'

const tellings: readonly Telling[] = [
  'now',
  'now',
  'now',
  'late',
  'very late',
  'twice',
  'late twice',
  'vague',
  'history',
  'lost',
]
/** A VM that always has an address: lists without any remove nothing. */
export const rock = '92'
/** VMs that come and go, beside those that are there from the start. */
const comers = 10
/** Events after which a VM may be gone, or have no address. */
const endings = new Set(['UNDEPLOY_FINISH', 'DELETE', 'RELEASE', 'VSM_VM_DESTROYED'])

/** What can happen to the platform, by two numbers that choose whom it happens to and how it is told. */
export const changes = {
  deploy(site: Site, a: number, b: number): void {
    const { id, vm } = comer(site, a)
    const enterprise = vm?.enterprise ?? one(site.estate.enterprises, b)
    if (enterprise === null) return
    const place = placeOf(site, b)
    const action = vm?.ip
      ? 'VSM_VM_MOVED'
      : (one(['DEPLOY_FINISH', 'DEPLOY_FINISH', 'CAPTURE', 'SYNC_CREATE'], b) ?? '')
    put(site, id, { enterprise, appliance: vm?.appliance ?? '1', ...place }, action, a + b)
  },
  undeploy(site: Site, a: number, b: number): void {
    const { id, vm } = any(site, a)
    if (vm === null) return
    put(
      site,
      id,
      { ...vm, machine: null, ip: null, port: 0 },
      one(['UNDEPLOY_FINISH', 'UNDEPLOY_FINISH', 'UNDEPLOY_HA'], b) ?? '',
      a + b,
    )
  },
  redeploy(site: Site, a: number, b: number): void {
    const { id, vm } = any(site, a)
    if (vm === null) return
    const place = placeOf(site, b)
    put(site, id, { ...vm, machine: null, ip: null, port: 0 }, 'UNDEPLOY_FINISH', a)
    put(site, id, { ...vm, ...place }, 'DEPLOY_FINISH', a + b)
  },
  move(site: Site, a: number, b: number): void {
    const { id, vm } = any(site, a)
    if (vm === null || vm.ip === null) return
    const { machine, ip } = placeOf(site, b)
    put(site, id, { ...vm, machine, ip }, one(['VSM_VM_MOVED', 'MOVE_BY_HA', 'DEPLOY_HA'], b) ?? '', a + b)
  },
  toAppliance(site: Site, a: number, b: number): void {
    const { id, vm } = any(site, a)
    if (vm === null) return
    const moved = { ...vm, appliance: `${1 + (b % 3)}` }
    // The event may name the URI that the VM had.
    put(site, id, moved, 'MOVE_TO_VAPP', a + b, b % 2 === 0 ? moved : vm)
  },
  remoteAccess(site: Site, a: number, b: number): void {
    const { id, vm } = any(site, a)
    if (vm === null || vm.ip === null) return
    put(site, id, { ...vm, port: vm.port === 65_545 ? placeOf(site, b).port : 65_545 }, 'RECONFIGURE', a + b)
  },
  remove(site: Site, a: number, b: number): void {
    const { id, vm } = any(site, a)
    if (vm === null) return
    put(site, id, null, one(['DELETE', 'VSM_VM_DESTROYED', 'RELEASE', 'UNDEPLOY_FINISH'], b) ?? '', a + b, vm)
  },
  /** Another VM gets the address of one that is undeployed. */
  reuse(site: Site, a: number, b: number): void {
    const { id, vm } = any(site, a)
    if (vm === null || vm.ip === null) return
    const heir = comer(site, b)
    put(site, id, { ...vm, machine: null, ip: null, port: 0 }, 'UNDEPLOY_FINISH', a)
    const { machine, ip, port } = vm
    const enterprise = heir.vm?.enterprise ?? vm.enterprise
    if (heir.id !== id)
      put(site, heir.id, { enterprise, appliance: heir.vm?.appliance ?? '1', machine, ip, port }, 'DEPLOY_FINISH', b)
  },
  /** Many at once lose their address or go, without an event, or with one each. */
  many(site: Site, a: number, b: number): void {
    const ids = site.estate.ids.filter((id) => id !== rock && site.estate.vm(id)?.enterprise === '1')
    const count = Math.ceil((ids.length * (1 + (a % 10))) / 10)
    for (const id of ids.slice(0, count)) {
      const vm = site.estate.vm(id)
      if (vm === null) continue
      if (b % 2 === 0)
        put(site, id, { ...vm, machine: null, ip: null, port: 0 }, 'UNDEPLOY_FINISH', b % 4 < 2 ? lost : 0)
      else put(site, id, null, 'DELETE', b % 4 < 2 ? lost : 0, vm)
    }
  },
  /** A host's address is edited: only the host's event tells it. */
  hostAddress(site: Site, a: number, b: number): void {
    const hosts = [...site.estate.hosts.keys()]
    const host = one(hosts, a)
    if (host === null) return
    const ip = `10.0.${b % 4}.${2 + (a % 3)}`
    site.estate.hosts.set(host, ip)
    const ids = site.estate.ids.filter((id) => site.estate.vm(id)?.machine === host)
    for (const id of ids) {
      const vm = site.estate.vm(id)
      if (vm !== null) site.estate.put(id, { ...vm, ip })
    }
    const fields = { entity: 'MACHINE', entityURI: `/api${hostPath(host)}` }
    tell(site, 'MODIFY', fields, tellingOf(a + b), () => {
      for (const id of site.estate.ever(({ machine }) => machine === host)) site.witness.event(id, false)
    })
  },
  founded(site: Site, a: number, b: number): void {
    const id = `${20 + (a % 3)}`
    site.estate.found(id, true)
    const { id: vm } = comer(site, b)
    if (site.estate.vm(vm) === null)
      put(site, vm, { enterprise: id, appliance: '1', ...placeOf(site, a) }, 'DEPLOY_FINISH', a + b)
  },
  dissolved(site: Site, a: number, b: number): void {
    const id = one(site.estate.enterprises, a)
    if (id === null || site.estate.vm(rock)?.enterprise === id) return
    const ids = site.estate.ids.filter((each) => site.estate.vm(each)?.enterprise === id)
    site.estate.found(id, false)
    for (const each of ids) site.estate.put(each, null)
    const fields = { entity: 'ENTERPRISE', entityURI: `/api/admin/enterprises/${id}` }
    tell(site, 'DELETE', fields, tellingOf(a + b), () => {
      for (const each of site.estate.ever(({ enterprise }) => enterprise === id)) site.witness.event(each, true)
    })
  },
} as const

/** Stands for events that are lost. */
const lost = tellings.indexOf('lost')

function tellingOf(number: number): Telling {
  return tellings[number % tellings.length] ?? 'now'
}

/** Changes a VM and sends the event of that; `before` is where it was, when it is gone. */
function put(site: Site, id: string, vm: Placed | null, action: string, number: number, before = vm): void {
  site.estate.put(id, vm)
  if (before === null) return
  // An event is told under the URI of its moment.
  const fields = {
    entity: 'VIRTUAL_MACHINE',
    entityURI: `/api${pathOf(id, before.appliance)}`,
    entityEnterpriseURI: number % 3 === 0 ? null : `/api/admin/enterprises/${before.enterprise}`,
    idDatacenter: 1,
  }
  tell(site, action, fields, tellingOf(number), () => site.witness.event(id, endings.has(action)))
}

function tell(
  site: Site,
  action: string,
  given: Readonly<Record<string, unknown>>,
  telling: Telling,
  heard: () => void,
): void {
  const how = site.plan.deaf ? 'lost' : telling
  if (how === 'lost') return
  const fields = how === 'vague' ? { ...given, entityURI: null } : given
  const timestamp = site.events.now
  const now = site.clock.now()
  const send = (streamed: boolean) => () => {
    heard()
    site.events.happen(action, { timestamp, fields, streamed, lateMs: 0 })
  }
  const again = () => {
    heard()
    site.events.send(site.events.write({ action, timestamp, ...fields }))
  }
  switch (how) {
    case 'now':
    case 'vague':
      send(true)()
      return
    case 'history':
      send(false)()
      return
    case 'twice':
      send(true)()
      again()
      return
    case 'late':
      site.late.push({ at: now + 500 + site.random() * 4000, tell: send(true) })
      return
    case 'very late':
      site.late.push({ at: now + 20_000 + site.random() * 60_000, tell: send(true) })
      return
    case 'late twice':
      send(true)()
      site.late.push({ at: now + site.random() * 20_000, tell: again })
  }
}

/** A VM of those that come and go; null where it is not there now. Ids are never given again. */
function comer(site: Site, number: number): { id: string; vm: EstateVm | null } {
  for (let id = 500 + (number % comers); ; id += comers) {
    const vm = site.estate.vm(`${id}`)
    if (vm !== null || !site.estate.had(`${id}`)) return { id: `${id}`, vm }
  }
}

/** Any VM, more often one of those that come and go. */
function any(site: Site, number: number): { id: string; vm: EstateVm | null } {
  if (number % 3 > 0) return comer(site, Math.floor(number / 3))
  const id =
    one(
      site.estate.ids.filter((each) => each !== rock),
      number,
    ) ?? ''
  return { id, vm: site.estate.vm(id) }
}

/** A place to run at: few, so that addresses are used again. */
function placeOf(site: Site, number: number): { machine: string; ip: string; port: number } {
  const hosts = [...site.estate.hosts]
  const [machine, ip] = hosts[number % hosts.length] ?? ['10.0.0.1', '10.0.0.1']
  return { machine, ip, port: 5901 + (number % 4) }
}

export function one<T>(values: readonly T[], number: number): T | null {
  return values[number % Math.max(1, values.length)] ?? null
}
