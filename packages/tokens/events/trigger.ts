import { isVirtualMachinePath, lastSegment, type PlatformEvent } from '@novnc-tokens/api'

/** What is to be read again. */
export type Scope =
  | { readonly kind: 'vm'; readonly path: string; readonly enterprise: string | null }
  /** A machine (host): its list of VMs, and the VMs known there that the list lacks. */
  | { readonly kind: 'machine'; readonly path: string }
  /** The VMs known under the path of an appliance or a virtual datacenter. */
  | { readonly kind: 'under'; readonly path: string }
  /** All VMs of an enterprise; `itself` where the event is about the enterprise and so about each of them. */
  | { readonly kind: 'enterprise'; readonly id: string; readonly itself: boolean }
  | { readonly kind: 'all' }

/** What is expected of a VM after an event: an address, none, another address than before, or anything else than before. */
export type Expectation = 'address' | 'none' | 'new address' | 'change'

/** What an event makes us read. */
export interface Trigger {
  readonly scope: Scope
  /** What the answer should show; REST may lag behind the event, so an answer that differs is not the last word. */
  readonly expects: Expectation | null
  /** Whether a 404 then means that the VM is gone. */
  readonly mayBeGone: boolean
  /** Id of the datacenter it is in, where that is told. */
  readonly datacenter: string | null
  readonly why: string
}

/** Actions on a VM that can change its address, its URI or its being. DEPLOY, power and state actions cannot. */
const vmActions = new Set(
  (
    'DEPLOY_FINISH UNDEPLOY_FINISH VSM_VM_MOVED VSM_VM_DESTROYED MOVE_BY_HA DEPLOY_HA UNDEPLOY_HA RECONFIGURE CAPTURE ' +
    'IMPORT RELEASE SYNC_CREATE DELETE MOVE_TO_VAPP REFRESH REQUEST_ACCESS'
  ).split(' '),
)

const expectations: ReadonlyMap<string, Expectation> = new Map([
  ['DEPLOY_FINISH', 'address'],
  ['UNDEPLOY_FINISH', 'none'],
  ['DELETE', 'none'],
  ['VSM_VM_MOVED', 'change'],
  ['MOVE_BY_HA', 'change'],
  ['DEPLOY_HA', 'change'],
])

const endings = new Set(['DELETE', 'RELEASE', 'UNDEPLOY_FINISH', 'VSM_VM_DESTROYED'])

/** Entities whose events can matter; the stream is asked for these and no others. */
export const watchedEntities: readonly string[] = [
  'VIRTUAL_MACHINE',
  'VIRTUAL_APPLIANCE',
  'VIRTUAL_DATACENTER',
  'MACHINE',
  'ENTERPRISE',
]

/**
 * What an event makes us read again; null where it cannot matter. An event is a trigger, never the truth: it may be
 * early, late or about something that changed since, so the REST answer decides.
 */
export function triggerOf(event: PlatformEvent): Trigger | null {
  const { action } = event
  switch (event.entity ?? entityOf(event.entityPath)) {
    case 'VIRTUAL_MACHINE':
      if (!vmActions.has(action)) return null
      return {
        scope: vmScope(event),
        expects: expectations.get(action) ?? null,
        mayBeGone: endings.has(action),
        datacenter: event.datacenter,
        why: action,
      }
    case 'VIRTUAL_APPLIANCE':
    case 'VIRTUAL_DATACENTER':
      // Their own 404 proves nothing: one of them may have moved to another appliance before.
      return action === 'DELETE' ? { ...gone(event, (path) => ({ kind: 'under', path })), mayBeGone: false } : null
    case 'MACHINE':
      if (action !== 'MODIFY' && action !== 'DELETE') return null
      return {
        ...gone(event, (path) => ({ kind: 'machine', path })),
        expects: action === 'MODIFY' ? 'change' : null,
        mayBeGone: false,
        datacenter: datacenterIn(event.entityPath) ?? event.datacenter,
      }
    case 'ENTERPRISE':
      if (action !== 'DELETE') return null
      return gone(event, (path) => ({ kind: 'enterprise', id: lastSegment(path) ?? path, itself: true }))
    default:
      return null
  }
}

function vmScope(event: PlatformEvent): Scope {
  const { entityPath } = event
  const enterprise = lastSegment(event.entityEnterprisePath)
  if (entityPath !== null && isVirtualMachinePath(entityPath)) return { kind: 'vm', path: entityPath, enterprise }
  return wider(event)
}

function gone(event: PlatformEvent, scope: (path: string) => Scope): Trigger {
  const { entityPath } = event
  return {
    scope: entityPath === null ? wider(event) : scope(entityPath),
    expects: null,
    mayBeGone: true,
    datacenter: event.datacenter,
    why: `${event.entity ?? ''} ${event.action}`.trim(),
  }
}

/** An event that does not say what it is about: its enterprise, else everything. */
function wider(event: PlatformEvent): Scope {
  const id = lastSegment(event.entityEnterprisePath)
  return id === null ? { kind: 'all' } : { kind: 'enterprise', id, itself: false }
}

/** Machines have the datacenter in their path. */
function datacenterIn(path: string | null): string | null {
  return /^\/admin\/datacenters\/([^/]+)\//.exec(path ?? '')?.[1] ?? null
}

function entityOf(path: string | null): string | null {
  return path !== null && isVirtualMachinePath(path) ? 'VIRTUAL_MACHINE' : null
}
