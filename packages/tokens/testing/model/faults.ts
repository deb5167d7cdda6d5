/** What goes wrong with an answer. */
export type FaultKind =
  | 'refused'
  | 'hang'
  | '500'
  | '503 later'
  | '429 later'
  | '401'
  | '403'
  | 'html 200'
  | 'html 404'
  | '404'
  | 'not JSON'
  | 'cut'
  | 'empty'
  | 'lacking'
  | 'twice'
  | 'total'
  | 'circle'
  | 'second page'

/** Which requests a fault meets. */
export type FaultScope =
  | 'all'
  | 'api'
  | 'login'
  | 'enterprises'
  | 'lists'
  | 'list of one'
  | 'one enterprise'
  | 'vms'
  | 'history'

/** A fault in force. */
export interface Fault {
  readonly kind: FaultKind
  readonly scope: FaultScope
  /** The enterprise that it is about, where it is about one. */
  readonly enterprise: string
  /** Share of the requests that it meets. */
  readonly share: number
}

/** Whether a fault is about a path below the API. */
export function meets({ scope, enterprise }: Fault, path: string): boolean {
  const [plain = ''] = path.split('?')
  switch (scope) {
    case 'all':
      return true
    case 'api':
      return plain !== '/login'
    case 'login':
      return plain === '/login'
    case 'enterprises':
      return plain === '/admin/enterprises'
    case 'lists':
      return plain.endsWith('/virtualmachines')
    case 'list of one':
      return plain === `/admin/enterprises/${enterprise}/action/virtualmachines`
    case 'one enterprise':
      return plain === `/admin/enterprises/${enterprise}` || plain.startsWith(`/admin/enterprises/${enterprise}/`)
    case 'vms':
      return plain.startsWith('/cloud/')
    case 'history':
      return plain === '/events'
  }
}

/** Answers that look whole and are not: what is missing in them is missing without a sign. */
export function lies(kind: FaultKind): boolean {
  return kind === 'empty' || kind === 'lacking'
}
