import type { Hrefs } from './notation/href.ts'
import { isResource, type Resource, textOf } from './notation/resource.ts'

/**
 * An event of the platform, from either of its two formats: that of 4.7 and later (the Trace entity) and that up to
 * 4.6. Almost any field may be null: events of the system have no user and no enterprise. Paths are below the API.
 */
export interface PlatformEvent {
  /** The format it came in: that of 4.7 and later, or that up to 4.6. */
  readonly format: 'trace' | 'legacy'
  /** When it happened by the platform's clock, in milliseconds since 1970. */
  readonly timestamp: number | null
  /** `INFO`, `WARN` or `ERROR`. */
  readonly severity: string | null
  /** What was done, such as `DEPLOY_FINISH`. */
  readonly action: string
  /** Kind of the thing it was done to, such as `VIRTUAL_MACHINE`. */
  readonly entity: string | null
  readonly entityPath: string | null
  readonly entityName: string | null
  /** The enterprise that owns the thing; no event up to 4.6 tells it. */
  readonly entityEnterprisePath: string | null
  readonly entityEnterpriseName: string | null
  /** Who did it. */
  readonly userPath: string | null
  readonly userName: string | null
  /** The enterprise of who did it, which need not be the one that owns the thing. */
  readonly enterprisePath: string | null
  readonly enterpriseName: string | null
  readonly datacenter: string | null
  /** Part of the platform that tells it. */
  readonly context: string | null
  readonly message: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly exception: string | null
  readonly tags: readonly string[]
  /** Whatever else an event up to 4.6 tells, such as `VIRTUAL_MACHINE_NAME`. */
  readonly details: Readonly<Record<string, string>>
}

/** Reads an event that was parsed from JSON; null where it is none. */
export function readEvent(value: unknown, hrefs: Hrefs): PlatformEvent | null {
  if (!isResource(value)) return null
  const action = textOf(value, 'action')
  if (action === null) return readRecord(value)
  const legacy = 'entityIdentifier' in value || ('type' in value && !('entity' in value))
  const path = (name: string) => hrefs.resourceOf(value[name])
  const text = (name: string) => textOf(value, name)
  return {
    format: legacy ? 'legacy' : 'trace',
    timestamp: timeOf(value['timestamp']),
    severity: text('severity'),
    action,
    entity: text(legacy ? 'type' : 'entity'),
    entityPath: path(legacy ? 'entityIdentifier' : 'entityURI'),
    entityName: text('entityName'),
    entityEnterprisePath: path('entityEnterpriseURI'),
    entityEnterpriseName: text('entityEnterpriseName'),
    userPath: path(legacy ? 'user' : 'userURI'),
    userName: text('userName'),
    enterprisePath: path(legacy ? 'enterprise' : 'enterpriseURI'),
    enterpriseName: text('enterpriseName'),
    datacenter: text('idDatacenter'),
    context: text(legacy ? 'source' : 'context'),
    message: text('message'),
    errorCode: text('errorCode'),
    errorMessage: text('errorMessage'),
    exception: text('exception'),
    tags: tagsOf(value['tags']),
    details: detailsOf(value['details']),
  }
}

/**
 * Reads an event as `GET /events` tells it up to 4.6: with the names of things and their ids instead of their URIs, and
 * entity and action as one word, such as `VIRTUAL_MACHINE_DEPLOY_FINISH`.
 */
function readRecord(value: Resource): PlatformEvent | null {
  const text = (name: string) => textOf(value, name)
  const performed = text('actionPerformed')
  const timestamp = timeOf(value['timestamp'])
  if (performed === null) return null
  const entity = text('component')
  const action = entity !== null && performed.startsWith(`${entity}_`) ? performed.slice(entity.length + 1) : performed
  const user = text('user') ?? text('performedBy')
  return {
    format: 'legacy',
    timestamp,
    severity: text('severity'),
    action,
    entity,
    entityPath: recordPath(value, entity),
    entityName: text('virtualMachine') ?? text('virtualApp') ?? text('physicalMachine'),
    entityEnterprisePath: null,
    entityEnterpriseName: null,
    userPath: null,
    userName: user === 'SYSTEM' ? null : user,
    enterprisePath: text('idEnterprise') === null ? null : `/admin/enterprises/${text('idEnterprise')}`,
    enterpriseName: text('enterprise'),
    datacenter: text('idDatacenter'),
    context: null,
    message: text('stacktrace'),
    errorCode: null,
    errorMessage: null,
    exception: null,
    tags: [],
    details: {},
  }
}

/** Path of the thing that a record is about, as far as its ids tell. */
function recordPath(value: Resource, entity: string | null): string | null {
  const id = (name: string) => {
    const text = textOf(value, name)
    return text !== null && /^[1-9]\d*$/.test(text) ? text : null
  }
  const [share, appliance, vm] = [id('idVirtualDatacenter'), id('idVirtualApp'), id('idVirtualMachine')]
  const [datacenter, rack, machine] = [id('idDatacenter'), id('idRack'), id('idPhysicalMachine')]
  switch (entity) {
    case 'VIRTUAL_MACHINE':
      if (share === null || appliance === null || vm === null) return null
      return `/cloud/virtualdatacenters/${share}/virtualappliances/${appliance}/virtualmachines/${vm}`
    case 'VIRTUAL_APPLIANCE':
      return share === null || appliance === null
        ? null
        : `/cloud/virtualdatacenters/${share}/virtualappliances/${appliance}`
    case 'VIRTUAL_DATACENTER':
      return share === null ? null : `/cloud/virtualdatacenters/${share}`
    case 'MACHINE':
      if (datacenter === null || rack === null || machine === null) return null
      return `/admin/datacenters/${datacenter}/racks/${rack}/machines/${machine}`
    default:
      return null
  }
}

/** No date is further from 1970, in milliseconds (ECMA-262, 21.4.1.1): what is beyond could not be asked for again. */
const mostMs = 8.64e15

function timeOf(value: unknown): number | null {
  const text = typeof value === 'string' && value !== '' ? value : null
  const time = text === null ? value : /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  return typeof time === 'number' && Math.abs(time) <= mostMs ? time : null
}

function tagsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((tag) => typeof tag === 'string') : []
}

function detailsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isResource(value)) return {}
  const details: Record<string, string> = {}
  for (const name of Object.keys(value)) {
    const text = textOf(value as Resource, name)
    if (text !== null) details[name] = text
  }
  return details
}
