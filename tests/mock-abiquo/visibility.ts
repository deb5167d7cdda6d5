import type { Account } from './accounts.ts'
import type { PlatformEvent } from './events.ts'

/** Whether an account's privileges show an event: a wrong role has a healthy stream with nothing in it. */
export function sees({ sees: range = 'all', actor }: Account, event: PlatformEvent): boolean {
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
