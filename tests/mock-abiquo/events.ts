import type { Actor, Enterprise } from './model.ts'

/** How serious an event is. */
export type Severity = 'INFO' | 'WARN' | 'ERROR'

/** How far an event reaches; no field of the entity, yet the stream can be filtered by it. */
export type Scope = 'VIRTUALDATACENTER' | 'ENTERPRISE' | 'DATACENTER' | 'PLATFORM'

/** Something that happened, before it is written in one format or the other. */
export interface PlatformEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly severity: Severity
  readonly scope: Scope
  readonly entity: string
  readonly action: string
  readonly entityName: string | null
  /** Path without the API's context path. */
  readonly entityPath: string | null
  readonly entityEnterprise: Enterprise | null
  /** Null: the system did it. */
  readonly user: Actor | null
  readonly datacenter: number | null
  readonly context: string | null
  readonly message: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly exception: string | null
  readonly tags: readonly string[]
  readonly details: Readonly<Record<string, string>>
  /** Fields that are written as they are, over those of the same name. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** An event as a test states it: what is left out takes a usual value. */
export type EventDraft = Partial<PlatformEvent> & Pick<PlatformEvent, 'entity' | 'action'>

/** Completes a draft. */
export function eventOf(draft: EventDraft, now: number): PlatformEvent {
  return {
    timestamp: now,
    severity: 'INFO',
    scope: 'VIRTUALDATACENTER',
    entityName: null,
    entityPath: null,
    entityEnterprise: null,
    user: null,
    datacenter: null,
    context: null,
    message: null,
    errorCode: null,
    errorMessage: null,
    exception: null,
    tags: [],
    details: {},
    fields: {},
    ...draft,
  }
}

/** Path of an enterprise below the API's context path. */
export function enterprisePath(enterprise: Pick<Enterprise, 'id'>): string {
  return `/admin/enterprises/${enterprise.id}`
}

/** Path of a user below the API's context path. */
export function userPath(user: Actor): string {
  return `${enterprisePath(user.enterprise)}/users/${user.id}`
}

/** The entity of version 4.7 and later. */
export function traceOf(event: PlatformEvent): Record<string, unknown> {
  const uri = (path: string | null) => (path === null ? null : `/api${path}`)
  return {
    timestamp: event.timestamp,
    severity: event.severity,
    entity: event.entity,
    action: event.action,
    entityName: event.entityName,
    entityURI: uri(event.entityPath),
    entityMediaType: `application/vnd.abiquo.${event.entity.toLowerCase().replaceAll('_', '')}+json`,
    entityEnterpriseName: event.entityEnterprise?.name ?? null,
    entityEnterpriseURI: event.entityEnterprise === null ? null : uri(enterprisePath(event.entityEnterprise)),
    userName: event.user?.nick ?? null,
    userURI: event.user === null ? null : uri(userPath(event.user)),
    enterpriseName: event.user?.enterprise.name ?? null,
    enterpriseURI: event.user === null ? null : uri(enterprisePath(event.user.enterprise)),
    context: event.context,
    message: event.message,
    errorCode: event.errorCode,
    errorMessage: event.errorMessage,
    exception: event.exception,
    tags: event.tags,
    idDatacenter: event.datacenter,
    ...event.fields,
  }
}

/** The entity of versions up to 4.6. */
export function legacyOf(event: PlatformEvent): Record<string, unknown> {
  return {
    timestamp: event.timestamp,
    user: event.user === null ? 'SYSTEM' : userPath(event.user),
    severity: event.severity,
    source: event.user === null ? 'vsm' : 'api',
    action: event.action,
    type: event.entity,
    entityIdentifier: event.entityPath,
    enterprise: event.user === null ? null : enterprisePath(event.user.enterprise),
    details: event.details,
    ...event.fields,
  }
}
