import { type Hrefs, lastSegment } from '../notation/href.ts'
import { linkOf, type Resource, textOf } from '../notation/resource.ts'

/** An enterprise (tenant) of the platform. */
export interface Enterprise {
  readonly id: string
  readonly name: string | null
  /** Path of its list of virtual machines below the API. */
  readonly virtualMachines: string
}

/** Path of an enterprise below the API. */
export function enterprisePath(id: string): string {
  return `/admin/enterprises/${id}`
}

/** Reads an enterprise; null where it has no usable id. */
export function readEnterprise(resource: Resource, hrefs: Hrefs): Enterprise | null {
  const id = lastSegment(hrefs.resourceOf(linkOf(resource, 'edit'))) ?? textOf(resource, 'id')
  if (id === null || !/^[\w-]+$/.test(id)) return null
  return {
    id,
    name: textOf(resource, 'name'),
    virtualMachines:
      hrefs.resourceOf(linkOf(resource, 'virtualmachines')) ?? `${enterprisePath(id)}/action/virtualmachines`,
  }
}
