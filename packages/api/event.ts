import type { Hrefs } from './href.ts'
import { isResource, type Resource, textOf } from './resource.ts'

/**
 * An event of the platform, from either of its two formats: that of 4.7 and later (the Trace entity) and that up to
 * 4.6. Almost any field may be null: events of the system have no user and no enterprise. Paths are below the API.
 */
export interface PlatformEvent {
  /** The format it came in. */
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
  if (action === null) return null
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

function timeOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || value === '') return null
  const time = /^\d+$/.test(value) ? Number(value) : Date.parse(value)
  return Number.isFinite(time) ? time : null
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
