import type { Inventory } from './inventory.ts'
import { appliancePath, hostPath, type VirtualMachine, vmPath } from './model.ts'
import type { Entity, Link, Scalar } from './representations.ts'

const firstDayMs = 1_700_000_000_000
const hoursMs = 3_600_000

/** What a representation needs beside the row. */
export interface VmContext {
  readonly inventory: Inventory
  readonly hrefBase: string
  readonly padding: string
}

/** A virtual machine with the fields and links of the real platform: some 65 and 25. */
export function vmEntity(vm: VirtualMachine, context: VmContext): Entity {
  return { fields: fieldsOf(vm, context.padding), links: linksOf(vm, context) }
}

function fieldsOf(vm: VirtualMachine, padding: string): Record<string, Scalar> {
  const created = firstDayMs + vm.id * hoursMs
  const running = vm.host !== null
  const fields: Record<string, Scalar> = {
    id: vm.id,
    uuid: vm.uuid,
    name: vm.name,
    label: vm.label,
    description: `Runs the "${vm.label}" service & its <agents>${padding}`,
    state: vm.state,
    idState: running ? 1 : 0,
    type: 'MANAGED',
    idType: 1,
    vdrpEnabled: vm.remoteAccess,
  }
  if (vm.ip !== null) fields['vdrpIP'] = vm.ip
  return Object.assign(fields, {
    vdrpPort: vm.port,
    password: vm.uuid.slice(24, 32),
    keymap: 'en-us',
    cpu: 1 + (vm.id % 8),
    coresPerSocket: 1,
    ram: 1024 * (1 + (vm.id % 16)),
    hdInBytes: 10_737_418_240,
    highDisponibility: 0,
    fqdn: `${vm.label}.enterprise-${vm.enterprise}.example.com`,
    userFqdn: null,
    iconUrl: null,
    monitored: false,
    monitoringLevel: 'NONE',
    protected: false,
    protectedCause: null,
    backupEnabled: false,
    backupLastStatus: null,
    creationTimestamp: created,
    birthdayTimestamp: created,
    deployTimestamp: running ? created + hoursMs : null,
    undeployTimestamp: null,
    lastSynchronize: created + 2 * hoursMs,
    lastModification: created + 2 * hoursMs,
    rollbackTimestamp: null,
    layer: null,
    operatingSystemType: 'DEBIAN_64',
    operatingSystemVersion: '12',
    osFamily: 'LINUX',
    loginUser: 'administrator',
    loginPassword: null,
    guestInitialPassword: null,
    enableGuestToolsAccess: true,
    guestToolsState: running ? 'RUNNING' : 'UNKNOWN',
    ethernetDriverType: 'VIRTIO',
    diskControllerType: 'VIRTIO',
    bootOrder: 'DISK',
    firmware: 'BIOS',
    secureBoot: false,
    nestedVirtualization: false,
    cpuHotAdd: false,
    cpuHotRemove: false,
    ramHotAdd: false,
    ramHotRemove: false,
    disksHotReconfigure: true,
    nicsHotReconfigure: true,
    highAvailabilityEnabled: true,
    outdated: false,
    persistent: false,
    emptyOfVolumes: true,
    weight: 0,
    ephemeral: false,
    hasSnapshots: false,
    enforcedCustomization: false,
    cloudInitEnabled: true,
  })
}

function linksOf(vm: VirtualMachine, { inventory, hrefBase }: VmContext): Link[] {
  const self = hrefBase + vmPath(vm)
  const appliance = hrefBase + appliancePath({ id: vm.appliance, virtualDatacenter: vm.virtualDatacenter })
  const share = `${hrefBase}/cloud/virtualdatacenters/${vm.virtualDatacenter}`
  const enterprise = `${hrefBase}/admin/enterprises/${vm.enterprise}`
  const media = (name: string) => `application/vnd.abiquo.${name}+json`
  const links: Link[] = [
    { rel: 'edit', href: self, type: media('virtualmachine') },
    { rel: 'virtualappliance', href: appliance, type: media('virtualappliance'), title: `Appliance ${vm.appliance}` },
    { rel: 'virtualdatacenter', href: share, type: media('virtualdatacenter') },
    {
      rel: 'enterprise',
      href: enterprise,
      type: media('enterprise'),
      title: inventory.enterprises.get(vm.enterprise)?.name ?? '',
    },
    {
      rel: 'user',
      href: `${enterprise}/users/${1000 + vm.enterprise}`,
      type: media('user'),
      title: `user-${vm.enterprise}`,
    },
    {
      rel: 'location',
      href: `${hrefBase}/cloud/locations/${vm.datacenter}`,
      type: media('datacenter'),
      title: `Datacenter ${vm.datacenter}`,
    },
    { rel: 'category', href: `${hrefBase}/config/categories/1`, type: media('category'), title: 'Others' },
    {
      rel: 'hardwareprofile',
      href: `${hrefBase}/cloud/locations/${vm.datacenter}/hardwareprofiles/1`,
      type: media('hardwareprofile'),
      title: 'Small',
    },
    {
      rel: 'virtualmachinetemplate',
      href: `${enterprise}/datacenterrepositories/${vm.datacenter}/virtualmachinetemplates/12`,
      type: media('virtualmachinetemplate'),
      title: 'Debian 12',
    },
    {
      rel: 'network_configuration',
      href: `${self}/network/configurations/1`,
      type: media('virtualmachinenetworkconfiguration'),
    },
    { rel: 'disk0', href: `${share}/disks/${vm.id}`, type: media('harddisk'), title: vm.uuid },
    { rel: 'nic0', href: `${share}/privatenetworks/1/ips/${vm.id}`, type: media('privateip'), title: '192.168.0.7' },
  ]
  const host = vm.host === null ? undefined : inventory.hosts.get(vm.host)
  if (host !== undefined) {
    links.push({ rel: 'machine', href: hrefBase + hostPath(host), type: media('machine'), title: host.name })
  }
  for (const rel of subResources) links.push({ rel, href: `${self}/${rel}` })
  links.push({ rel: 'rdpaccess', href: `${self}/action/rdpaccess`, type: media('virtualmachineconsole') })
  return links
}

const subResources = [
  'state',
  'configurations',
  'nics',
  'disks',
  'volumes',
  'tasks',
  'metadata',
  'backup',
  'firewalls',
  'metrics',
  'monitoring',
]
