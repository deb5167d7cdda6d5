import type { Hrefs, Located } from '../notation/href.ts'
import { integerOf, linkOf, type Resource, textOf } from '../notation/resource.ts'

/** What is kept of a virtual machine: who it is, where it is, and what the platform says of its remote access. */
export interface VirtualMachine {
  /** Its id: last segment of its URI. */
  readonly id: string
  /** Path of the VM below the API; it changes when the VM moves to another virtual appliance. */
  readonly path: string
  readonly name: string | null
  readonly uuid: string | null
  /** Id of its enterprise. */
  readonly enterprise: string | null
  /** Path of the machine (host) it runs on; null while it runs nowhere. */
  readonly machine: string | null
  /** Id of the datacenter it is in. */
  readonly datacenter: string | null
  /** `vdrpIP` as the platform gives it, unchecked; null where it has none. */
  readonly vdrpIp: string | null
  /**
   * `vdrpPort` as the platform gives it: 0 while undeployed, 65545 while remote access is switched off; NaN where it
   * gives something else than a whole number.
   */
  readonly vdrpPort: number | null
}

/**
 * Reads a virtual machine; null where it has no URI of its own, so that nobody could ask for it again. Nothing else of
 * the entity, which holds the VNC password, is kept.
 */
export function readVirtualMachine(resource: Resource, hrefs: Hrefs): VirtualMachine | null {
  const vm = readAddress(resource, hrefs)
  if (vm === null) return null
  return {
    ...vm,
    enterprise: hrefs.locateShared(linkOf(resource, 'enterprise'))?.id ?? null,
    machine: hrefs.locateShared(linkOf(resource, 'machine'))?.path ?? null,
    datacenter: hrefs.locateShared(linkOf(resource, 'location'))?.id ?? null,
  }
}

/** The same without the enterprise, machine and datacenter, which take three searches among some 25 links. */
export function readAddress(resource: Resource, hrefs: Hrefs): VirtualMachine | null {
  const located = locate(resource, hrefs)
  if (located === null) return null
  const vdrpIp = resource['vdrpIP']
  return {
    ...located,
    name: textOf(resource, 'name'),
    uuid: textOf(resource, 'uuid'),
    enterprise: null,
    machine: null,
    datacenter: null,
    vdrpIp: typeof vdrpIp === 'string' && vdrpIp !== '' ? vdrpIp : null,
    vdrpPort: integerOf(resource, 'vdrpPort') ?? (isSaid(resource['vdrpPort']) ? Number.NaN : null),
  }
}

/** What stands between the path of an appliance and the id of a VM. */
const segment = '/virtualmachines/'

const pattern = /\/virtualmachines\/[^/]+$/

/** Whether a path below the API is that of a virtual machine. */
export function isVirtualMachinePath(path: string): boolean {
  return pattern.test(path)
}

/**
 * Where the VM is. Id and path are built anew from the entity's own id and a shared appliance path: cut out of an href,
 * they would keep the whole href in memory for as long as the VM is known.
 */
function locate(resource: Resource, hrefs: Hrefs): Located | null {
  const id = textOf(resource, 'id')
  for (const rel of ['edit', 'self']) {
    const href = linkOf(resource, rel)
    if (href === null) continue
    const suffix = `${segment}${id}`
    const parent = id !== null && href.endsWith(suffix) ? hrefs.locateShared(href.slice(0, -suffix.length)) : null
    if (parent !== null && id !== null) return { path: parent.path + suffix, id }
    const located = hrefs.locate(href)
    if (located !== null && isVirtualMachinePath(located.path)) return located
  }
  // Lists that are not made for editing have no `edit` link, but the appliance's.
  const appliance = hrefs.locateShared(linkOf(resource, 'virtualappliance'))
  if (appliance === null || id === null || !/^[\w-]+$/.test(id)) return null
  return { path: `${appliance.path}${segment}${id}`, id }
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
