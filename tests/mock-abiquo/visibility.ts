import type { Account } from './accounts.ts'
import type { PlatformEvent } from './events.ts'

/** A privilege without which some events are not shown. */
export type EventPrivilege = 'PHYS_DC_ALLOW_MODIFY_SERVERS' | 'VAPP_DEPLOY_UNDEPLOY'

/** The privilege that an event takes; null: none. */
function privilegeFor({ entity, action }: PlatformEvent): EventPrivilege | null {
  if (entity === 'MACHINE' || /^(VSM_|CAPTURE$|IMPORT$|RELEASE$)/.test(action)) return 'PHYS_DC_ALLOW_MODIFY_SERVERS'
  return /^(UN)?DEPLOY(_FINISH)?$/.test(action) ? 'VAPP_DEPLOY_UNDEPLOY' : null
}

/** Whether an account's privileges show an event: a wrong role has a healthy stream with nothing in it. */
export function sees({ sees: range = 'all', lacks = [], actor }: Account, event: PlatformEvent): boolean {
  const privilege = privilegeFor(event)
  if (privilege !== null && lacks.includes(privilege)) return false
  switch (range) {
    case 'all':
      return true
    case 'enterprise':
      return (event.user?.enterprise.id ?? event.entityEnterprise?.id) === actor.enterprise.id
    case 'own':
      return event.user?.id === actor.id
    case 'nothing':
      return false
  }
}
