import { ApiError } from '../errors.ts'
import { readEntity } from '../notation/collection.ts'
import { mediaType } from '../notation/media-types.ts'
import { linkOf, textOf } from '../notation/resource.ts'
import { Connection } from '../request/connection.ts'
import { parseAnswer } from '../request/parse-answer.ts'
import type { Fetch, TlsOptions } from '../request/transport.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import type { Authorization } from './authorization.ts'
import {
  accessToken,
  asUser,
  type OAuthContext,
  readShort,
  requestToken,
  restated,
  step,
  verifierOf,
} from './oauth-steps.ts'
import type { OAuth1Credentials } from './oauth1.ts'

/** What the platform gives for an application that is registered. */
export interface OAuthApplication {
  readonly key: string
  readonly secret: string
}

/** Settings of {@link authorize}. */
export interface AuthorizeOptions {
  /** URL of the API, such as `https://abiquo.example.com/api`. */
  api: string
  /** Log-in of the user in whose name the application is to act: {@link basic} or {@link bearer}. */
  authorization: Authorization
  /** Name of an application to register, or key and secret of one that is registered. */
  application: { readonly name: string } | OAuthApplication
  /** Called once the application is registered: the platform tells its secret this once. */
  onRegistered?: (application: OAuthApplication) => void
  /** The API's URL as the platform knows it, which is what is signed. @default the value of `api` */
  apiLocation?: string
  tls?: TlsOptions
  /** Longest silence of a request, in milliseconds. @default 120000 */
  timeoutMs?: number
  signal?: AbortSignal
  clock?: Clock
  /** Makes a text that no two requests share. @default 128 random bits */
  nonce?: () => string
  fetch?: Fetch
}

const applicationMedia = mediaType('application', 'json')

/**
 * Gets credentials for {@link oauth1}: registers the application unless it is, asks for a request token, authorizes it
 * in the name of the user, and trades it for an access token. No request is sent again but one answered 401, once.
 *
 * @throws ApiError which says the step that failed, what the platform answered and what to do
 * @throws RangeError where the name, or key or secret, is empty
 *
 * @example
 * ```ts
 * const credentials = await authorize({
 *   api: 'https://abiquo.example.com/api',
 *   authorization: basic('admin', 'secret'),
 *   application: { name: 'novnc-tokens' },
 * })
 * const connection = new Connection({ api: 'https://abiquo.example.com/api', authorization: oauth1(credentials) })
 * ```
 */
export async function authorize(options: AuthorizeOptions): Promise<OAuth1Credentials> {
  const { application, signal, tls } = options
  for (const [what, value] of Object.entries(application)) {
    if (value.trim() === '') throw new RangeError(`The ${what} of the application is empty`)
  }
  const { nonce, timeoutMs = 120_000, clock = systemClock, fetch: send = fetch } = options
  using connection = new Connection({
    api: options.api,
    authorization: options.authorization,
    ...(options.apiLocation === undefined ? {} : { apiLocation: options.apiLocation }),
    ...(tls === undefined ? {} : { tls }),
    timeoutMs,
    clock,
    fetch: send,
  })
  const signing = nonce === undefined ? { clock } : { clock, nonce }
  const context: OAuthContext = { connection, tls, fetch: send, clock, signing, timeoutMs, signal }
  if ('key' in application) return await credentialsFor(context, application)
  const registered = await register(context, application.name)
  options.onRegistered?.(registered)
  try {
    return await credentialsFor(context, registered)
  } catch (error) {
    const known = `The application ${JSON.stringify(application.name)} is registered by now: go on with its key and secret, or delete it`
    throw restated(error, (message) => `${message}. ${known}`)
  }
}

async function credentialsFor(context: OAuthContext, { key, secret }: OAuthApplication): Promise<OAuth1Credentials> {
  const application = { consumerKey: key, consumerSecret: secret }
  const request = await requestToken(context, application)
  const verifier = await verifierOf(context, request.token)
  return { ...application, ...(await accessToken(context, { ...application, ...request }, verifier)) }
}

async function register(context: OAuthContext, name: string): Promise<OAuthApplication> {
  return await step(`register the application ${JSON.stringify(name)}`, async () => {
    const { connection } = context
    const request = {
      url: connection.api + (await applicationsPath(context)),
      method: 'POST',
      accept: applicationMedia,
      headers: { 'content-type': applicationMedia },
      body: JSON.stringify({ name }),
      follow: false,
    }
    const { body, contentType, url } = await asUser(context, request, (response, deadline) =>
      readShort(context, response, request, deadline),
    ).catch((error: unknown) => {
      throw restated(error, (message) => `${message}${adviceAfter(error)}`)
    })
    const entity = parseAnswer(url, () => readEntity(body, contentType, 'application'))
    const key = textOf(entity, 'apiKey')
    const secret = textOf(entity, 'apiSecret')
    if (isUsable(key) && isUsable(secret)) return { key, secret }
    const message = `The answer to POST "${url}" has no apiKey and apiSecret: look into Abiquo whether it is registered`
    throw new ApiError('malformed', message, { url })
  })
}

/** Whether a credential can be signed with: half a pair of UTF-16 has no UTF-8, and JSON can hold one. */
function isUsable(credential: string | null): credential is string {
  return credential !== null && !/\p{Surrogate}/u.test(credential)
}

/** Where the user's applications are. */
async function applicationsPath({ connection, signal }: OAuthContext): Promise<string> {
  const { body, contentType, url } = await connection.get('/login', {
    accept: 'user',
    ...(signal === undefined ? {} : { signal }),
  })
  const user = parseAnswer(url, () => readEntity(body, contentType, 'user'))
  const path = connection.hrefs.pathOf(linkOf(user, 'applications'))
  if (path !== null) return path
  const message = `The user of GET "${url}" has no link "applications": register it in Abiquo and give its key and secret`
  throw new ApiError('malformed', message, { url })
}

function adviceAfter(error: unknown): string {
  if (!(error instanceof ApiError) || error.code === 'login-refused') return ''
  const { status } = error
  if (status === 409) return '. If the name is taken, choose another, or give key and secret of that application'
  if (status === 403) return '. The user may not register applications: give key and secret of one that is registered'
  const unknown = status === null || status >= 500
  return unknown ? '. It may be registered nevertheless: look into Abiquo before the next try' : ''
}
