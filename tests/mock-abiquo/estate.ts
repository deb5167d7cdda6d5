import { Inventory } from './inventory.ts'
import { type Host, remoteAccessOffPort, type VirtualDatacenter } from './model.ts'
import { Ports } from './ports.ts'
import { randomOf, uuidOf } from './random.ts'

const vmsPerAppliance = 10
const vmsPerHost = 25

/** What an estate is built from. */
export interface EstateOptions {
  readonly vms: number
  readonly enterprises: number
  readonly datacenters: number
  readonly hostsPerRack: number
  readonly undeployed: number
  readonly remoteAccessOff: number
  readonly seed: number
}

/** The platform on its first day. */
export interface Estate {
  readonly inventory: Inventory
  readonly ports: Ports
}

/** Builds the same estate for the same options: racks and hosts first, then each tenant's appliances and VMs. */
export function buildEstate(options: EstateOptions): Estate {
  const inventory = new Inventory()
  const ports = new Ports()
  const random = randomOf(options.seed)
  const hosts = buildHosts(inventory, options)
  const placed = hosts.map(() => 0)
  const perEnterprise = Math.ceil(options.vms / Math.max(1, options.enterprises))

  let vmId = 0
  for (let enterprise = 1; enterprise <= options.enterprises; enterprise++) {
    inventory.enterprises.set(enterprise, { id: enterprise, name: enterpriseName(enterprise) })
    const shares = buildVirtualDatacenters(inventory, enterprise, options.datacenters)
    const mine = Math.min(perEnterprise, options.vms - vmId)
    for (let k = 0; k < Math.max(mine, 1); k++) {
      const share = shares[Math.floor(k / vmsPerAppliance) % shares.length]
      if (share === undefined) break
      if (k % vmsPerAppliance === 0) {
        const id = inventory.appliances.size + 1
        inventory.appliances.set(id, { id, name: `Appliance ${id}`, enterprise, virtualDatacenter: share.id })
      }
      if (k >= mine) break
      vmId++
      const deployed = !isNth(vmId, options.undeployed)
      const remoteAccess = !deployed || !isNth(vmId + 3, options.remoteAccessOff)
      const pool = hosts[share.datacenter - 1] ?? []
      const turn = placed[share.datacenter - 1] ?? 0
      const host = deployed ? pool[turn % pool.length] : undefined
      if (host !== undefined) placed[share.datacenter - 1] = turn + 1
      inventory.put({
        id: vmId,
        uuid: uuidOf(random),
        name: `ABQ_${vmId.toString(16).padStart(8, '0')}`,
        label: `vm-${vmId}`,
        enterprise,
        datacenter: share.datacenter,
        virtualDatacenter: share.id,
        appliance: inventory.appliances.size,
        host: host?.id ?? null,
        state: host === undefined ? 'NOT_ALLOCATED' : vmId % 7 === 0 ? 'OFF' : 'ON',
        ip: host?.ip ?? null,
        port: host === undefined ? 0 : remoteAccess ? ports.next(host.rack) : remoteAccessOffPort,
        remoteAccess,
        revision: 0,
      })
    }
  }
  return { inventory, ports }
}

function enterpriseName(id: number): string {
  return id === 1 ? 'Abiquo' : `Enterprise ${id}`
}

// Spread by counting, not by chance, so that a platform of ten VMs has one of each kind too.
function isNth(n: number, share: number): boolean {
  return share > 0 && n % Math.max(1, Math.round(1 / share)) === 0
}

function buildHosts(inventory: Inventory, options: EstateOptions): Host[][] {
  const racksPerDatacenter = Math.max(
    2,
    Math.ceil(options.vms / (vmsPerHost * options.hostsPerRack * options.datacenters)),
  )
  const all: Host[][] = []
  let hostId = 0
  for (let datacenter = 1; datacenter <= options.datacenters; datacenter++) {
    inventory.datacenters.set(datacenter, `Datacenter ${datacenter}`)
    const mine: Host[] = []
    for (let r = 0; r < racksPerDatacenter; r++) {
      const rack = inventory.racks.size + 1
      inventory.racks.set(rack, { id: rack, name: `Rack ${rack}`, datacenter })
      for (let h = 0; h < options.hostsPerRack; h++) {
        hostId++
        const ip = `10.${60 + Math.floor(hostId / 62_500)}.${1 + (Math.floor(hostId / 250) % 250)}.${1 + (hostId % 250)}`
        const host = { id: hostId, name: `host-${hostId}.example`, datacenter, rack, ip }
        inventory.hosts.set(hostId, host)
        mine.push(host)
      }
    }
    all.push(mine)
  }
  return all
}

function buildVirtualDatacenters(inventory: Inventory, enterprise: number, datacenters: number): VirtualDatacenter[] {
  const mine: VirtualDatacenter[] = []
  for (let datacenter = 1; datacenter <= datacenters; datacenter++) {
    const id = inventory.virtualDatacenters.size + 1
    const share = { id, name: `VDC ${id}`, enterprise, datacenter }
    inventory.virtualDatacenters.set(id, share)
    mine.push(share)
  }
  return mine
}
