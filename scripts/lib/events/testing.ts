import type { PlatformEvent } from '@novnc-tokens/api'

/** An event with some fields changed, for tests. */
export function anEvent(changes: Partial<PlatformEvent> = {}): PlatformEvent {
  return {
    format: 'trace',
    timestamp: new Date(2026, 10, 20, 10, 2, 3).getTime(),
    severity: 'INFO',
    action: 'DEPLOY_FINISH',
    entity: 'VIRTUAL_MACHINE',
    entityPath: '/cloud/virtualdatacenters/1/virtualappliances/2/virtualmachines/3',
    entityName: 'web1',
    entityEnterprisePath: '/admin/enterprises/1',
    entityEnterpriseName: 'Abiquo',
    userPath: '/admin/enterprises/1/users/1',
    userName: 'admin',
    enterprisePath: '/admin/enterprises/1',
    enterpriseName: 'Abiquo',
    datacenter: null,
    context: null,
    message: 'The virtual machine was deployed',
    errorCode: null,
    errorMessage: null,
    exception: null,
    tags: [],
    details: {},
    ...changes,
  }
}
