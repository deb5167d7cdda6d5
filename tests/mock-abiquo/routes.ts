import type { Account } from './accounts.ts'
import { registerApplication } from './applications.ts'
import { datacenterEntity, enterpriseEntity, machineEntity, rackEntity, userEntity } from './entities.ts'
import { type Found, forbidden, listOf, notFound } from './found.ts'
import type { HttpRequest } from './http-message.ts'
import type { Inventory } from './inventory.ts'
import type { VirtualMachine } from './model.ts'
import type { OAuthCredentials } from './oauth-credentials.ts'
import type { Settings } from './options.ts'
import type { Platform } from './platform.ts'
import { kinds } from './representations.ts'
import { findEvents } from './rest-events.ts'
import type { VmLists } from './vm-lists.ts'
import { vmEntity } from './vm-representation.ts'

/** One request to a route. */
export interface Call {
  readonly request: HttpRequest
  /** The numbers of the path, in order. */
  readonly ids: readonly number[]
  readonly account: Account
  readonly inventory: Inventory
  readonly platform: Platform
  readonly settings: Settings
  readonly lists: VmLists
  readonly credentials: OAuthCredentials
}

/** A resource of the API. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** Matches the path below the context path; its groups are numbers. */
  readonly pattern: RegExp
  readonly find: (call: Call) => Found
}

/** The API, as far as consoles need it. */
export const routes: readonly Route[] = [
  { method: 'GET', pattern: /^\/login$/, find: login },
  { method: 'GET', pattern: /^\/admin\/enterprises$/, find: enterprises },
  { method: 'GET', pattern: /^\/admin\/enterprises\/(\d+)$/, find: enterprise },
  { method: 'GET', pattern: /^\/admin\/enterprises\/(\d+)\/action\/virtualmachines$/, find: enterpriseVms },
  {
    method: 'GET',
    pattern: /^\/cloud\/virtualdatacenters\/(\d+)\/virtualappliances\/(\d+)\/virtualmachines\/(\d+)$/,
    find: virtualMachine,
  },
  {
    method: 'GET',
    pattern: /^\/cloud\/virtualdatacenters\/(\d+)\/virtualappliances\/(\d+)\/virtualmachines$/,
    find: applianceVms,
  },
  { method: 'GET', pattern: /^\/admin\/datacenters$/, find: datacenters },
  { method: 'GET', pattern: /^\/admin\/datacenters\/(\d+)\/racks$/, find: racks },
  { method: 'GET', pattern: /^\/admin\/datacenters\/(\d+)\/racks\/(\d+)\/machines$/, find: machines },
  { method: 'GET', pattern: /^\/admin\/datacenters\/(\d+)\/racks\/(\d+)\/machines\/(\d+)$/, find: machine },
  {
    method: 'GET',
    pattern: /^\/admin\/datacenters\/(\d+)\/racks\/(\d+)\/machines\/(\d+)\/virtualmachines$/,
    find: machineVms,
  },
  { method: 'GET', pattern: /^\/admin\/datacenters\/(\d+)\/racks\/(\d+)\/deployedvms$/, find: deployedVms },
  { method: 'GET', pattern: /^\/events$/, find: findEvents },
  { method: 'POST', pattern: /^\/admin\/enterprises\/(\d+)\/users\/(\d+)\/applications$/, find: registerApplication },
]

function login({ account, settings, request }: Call): Found {
  const withPrivileges = request.query.get('expand')?.split(',').includes('privileges') ?? false
  return { is: 'entity', kind: kinds.user, entity: userEntity(account.actor, settings.hrefBase, withPrivileges) }
}

function enterprises({ inventory, account, settings }: Call): Found {
  const rows = [...inventory.enterprises.values()].filter((row) => mayList(account, row.id))
  return listOf(kinds.enterprise, rows, (row) => enterpriseEntity(row, settings.hrefBase))
}

function enterprise({ inventory, ids: [id = 0], account, settings }: Call): Found {
  const row = inventory.enterprises.get(id)
  if (row === undefined) return notFound('EN-0', 'enterprise')
  if (!mayList(account, id)) return forbidden
  return { is: 'entity', kind: kinds.enterprise, entity: enterpriseEntity(row, settings.hrefBase) }
}

function enterpriseVms({ inventory, ids: [id = 0], account, settings, lists }: Call): Found {
  if (!inventory.enterprises.has(id)) return notFound('EN-0', 'enterprise')
  if (!mayList(account, id)) return forbidden
  const sequence = lists.of(id)
  return {
    is: 'list',
    kind: kinds.virtualMachine,
    total: sequence.size,
    bare: settings.vmPaging === 'bare',
    slice: (format, start, count) => sequence.slice(format, start, count),
  }
}

function virtualMachine({ inventory, ids: [share, appliance, id = 0], account, lists }: Call): Found {
  const vm = inventory.vms.get(id)
  if (vm === undefined || vm.virtualDatacenter !== share || vm.appliance !== appliance) {
    return notFound('VM-0', 'virtual machine')
  }
  if (!mayList(account, vm.enterprise)) return forbidden
  return { is: 'entity', kind: kinds.virtualMachine, text: (format) => lists.write(id, format) }
}

function applianceVms(call: Call): Found {
  const { inventory, ids } = call
  const [share, id = 0] = ids
  if (inventory.appliances.get(id)?.virtualDatacenter !== share) return notFound('VAPP-0', 'virtual appliance')
  return vms(
    [...inventory.vms.values()].filter((vm) => vm.appliance === id),
    call,
  )
}

function datacenters({ inventory, settings }: Call): Found {
  return listOf(kinds.datacenter, [...inventory.datacenters], ([id, name]) =>
    datacenterEntity(id, name, settings.hrefBase),
  )
}

function racks({ inventory, ids: [datacenter = 0], settings }: Call): Found {
  if (!inventory.datacenters.has(datacenter)) return notFound('DC-0', 'datacenter')
  const rows = [...inventory.racks.values()].filter((rack) => rack.datacenter === datacenter)
  return listOf(kinds.rack, rows, (rack) => rackEntity(rack, settings.hrefBase))
}

function machines({ inventory, ids: [datacenter, rack = 0], settings }: Call): Found {
  if (inventory.racks.get(rack)?.datacenter !== datacenter) return notFound('RACK-0', 'rack')
  return listOf(kinds.machine, inventory.hostsOfRack(rack), (host) => machineEntity(host, settings.hrefBase))
}

function machine({ inventory, ids: [datacenter, rack, id = 0], settings }: Call): Found {
  const host = inventory.hosts.get(id)
  if (host === undefined || host.rack !== rack || host.datacenter !== datacenter)
    return notFound('MACHINE-0', 'machine')
  return { is: 'entity', kind: kinds.machine, entity: machineEntity(host, settings.hrefBase) }
}

function machineVms(call: Call): Found {
  const [datacenter, rack, id = 0] = call.ids
  const host = call.inventory.hosts.get(id)
  if (host === undefined || host.rack !== rack || host.datacenter !== datacenter)
    return notFound('MACHINE-0', 'machine')
  return vms(call.inventory.vmsOfHost(id), call)
}

function deployedVms(call: Call): Found {
  const [datacenter, rack = 0] = call.ids
  if (call.inventory.racks.get(rack)?.datacenter !== datacenter) return notFound('RACK-0', 'rack')
  return vms(
    call.inventory.hostsOfRack(rack).flatMap((host) => call.inventory.vmsOfHost(host.id)),
    call,
  )
}

function vms(rows: readonly VirtualMachine[], { inventory, settings, account }: Call): Found {
  const context = { inventory, hrefBase: settings.hrefBase, padding: ' '.padEnd(settings.padBytes, 'x') }
  const visible = rows.filter((vm) => mayList(account, vm.enterprise))
  return listOf(kinds.virtualMachine, visible, (vm) => vmEntity(vm, context))
}

function mayList({ enterprises: allowed = 'all' }: Account, enterpriseId: number): boolean {
  return allowed === 'all' || allowed.includes(enterpriseId)
}
