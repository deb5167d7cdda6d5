import { userPath } from './events.ts'
import { type Found, type FoundError, forbidden } from './found.ts'
import { kinds } from './representations.ts'
import type { Call } from './routes.ts'

/** `POST .../users/ID/applications`: a user registers an application of his own and gets its key and secret. */
export function registerApplication({ request, ids, account, settings, credentials }: Call): Found {
  const { actor, username } = account
  if (ids[0] !== actor.enterprise.id || ids[1] !== actor.id) return forbidden
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/(vnd\.abiquo\.application\+)?json\b/.test(type)) {
    return error(415, 'GEN-14', `The media type ${type} is not supported`)
  }
  const name = nameIn(request.body)
  if (name === null) return error(400, 'GEN-0', 'The application needs a name')
  const application = credentials.register(name, username)
  if (application === null) return error(409, 'APP-1', 'There is an application with the same name')
  const { id, key, secret } = application
  const href = `${settings.hrefBase}${userPath(actor)}/applications/${id}`
  return {
    is: 'entity',
    status: 201,
    kind: kinds.application,
    entity: {
      fields: { id, name, description: null, apiKey: key, apiSecret: secret },
      links: [{ rel: 'edit', href, type: 'application/vnd.abiquo.application+json' }],
    },
  }
}

function nameIn(body: string): string | null {
  try {
    const name: unknown = JSON.parse(body)?.name
    return typeof name === 'string' && name !== '' ? name : null
  } catch {
    return null
  }
}

function error(status: number, code: string, message: string): FoundError {
  return { is: 'error', status, code, message }
}
