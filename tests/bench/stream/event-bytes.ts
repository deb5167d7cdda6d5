/** Bytes of the JSON of each event: what an event of a deploy has. */
export const eventBytes = 700

/** So many events as a server of our day writes them, each as long as the others, with all the fields of the Trace entity. */
export function writeEvents(count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.from(`data:${eventOf(index)}\n\n`)))
}

function eventOf(index: number): string {
  const event = {
    timestamp: 1_700_000_000_000 + index,
    severity: 'INFO',
    entity: 'VIRTUAL_MACHINE',
    action: 'DEPLOY_FINISH',
    entityName: `vm-${index}`,
    entityURI: `/api/cloud/virtualdatacenters/12/virtualappliances/345/virtualmachines/${index}`,
    entityMediaType: 'application/vnd.abiquo.virtualmachine+json',
    entityEnterpriseName: 'Acme',
    entityEnterpriseURI: '/api/admin/enterprises/3',
    userName: 'ann',
    userURI: '/api/admin/enterprises/3/users/7',
    enterpriseName: 'Acme',
    enterpriseURI: '/api/admin/enterprises/3',
    context: `c${index}`,
    message: '',
    errorCode: null,
    errorMessage: null,
    exception: null,
    tags: [],
    idDatacenter: 1,
  }
  const message = 'Deploy on virtual machine completed. '.repeat(5)
  return JSON.stringify({ ...event, message: message.slice(0, eventBytes - JSON.stringify(event).length) })
}
