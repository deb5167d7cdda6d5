import type { Mock } from './mock.ts'
import { baseString, type Parameter, percentEncode, sign } from './oauth-signature.ts'

/** Header of a log-in. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** Asks the API as the administrator. */
export function get(mock: Mock, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(mock.apiUrl + path, { headers: { authorization: mock.authorization, ...headers }, redirect: 'manual' })
}

/** A collection as JSON. */
export interface Collection {
  readonly links: readonly { readonly rel: string; readonly href: string }[]
  readonly collection: readonly Record<string, unknown>[]
  readonly totalSize?: number
}

/** Asks the API for a collection. */
export async function list(mock: Mock, path: string): Promise<Collection> {
  return (await (await get(mock, path)).json()) as Collection
}

/** A stream being read. */
export interface OpenStream {
  readonly response: Response
  /** Everything that came until the stream ended; fails where it did not end in good order. */
  readonly text: Promise<string>
}

/** Opens a stream as the administrator and waits until the mock knows it. */
export async function openStream(mock: Mock, query = '', headers: Record<string, string> = {}): Promise<OpenStream> {
  const wanted = mock.streams.opened + 1
  const url = `${mock.streamUrl}?X-Atmosphere-Transport=sse&X-Atmosphere-Framework=1.0${query}`
  const response = await fetch(url, { headers: { authorization: mock.authorization, ...headers } })
  if (response.ok) await mock.streams.whenOpened(wanted)
  return { response, text: response.text() }
}

/** Opens a stream and ends it again: the status of its answer. */
export async function streamStatus(mock: Mock, headers: Record<string, string> = {}): Promise<number> {
  const { response, text } = await openStream(mock, '', headers)
  mock.streams.cut()
  await text
  return response.status
}

/** The events in the text of a stream. */
export function eventsIn(text: string): Record<string, unknown>[] {
  return [...text.matchAll(/data:(?:\d+\|)?(\{.*\})/g)].map((match) => JSON.parse(match[1] ?? ''))
}

/** What a client signs with. */
export interface Signer {
  readonly appKey: string
  readonly appSecret: string
  readonly token?: string
  readonly tokenSecret?: string
  /** Parameters that take the place of the usual ones, or come beside; null leaves one out. */
  readonly parameters?: Readonly<Record<string, string | null>>
}

let nonces = 0

/** Signs a request: the `Authorization` header. */
export function signed(method: string, url: string, signer: Signer): string {
  const { appKey, appSecret, token, tokenSecret = '', parameters = {} } = signer
  const fields: Record<string, string | null> = {
    oauth_consumer_key: appKey,
    oauth_token: token ?? null,
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_nonce: `nonce-${++nonces}`,
    oauth_version: '1.0',
    ...parameters,
  }
  const sent = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== null)
  const signature: Parameter = ['oauth_signature', sign(baseString(method, url, sent), appSecret, tokenSecret)]
  const all = 'oauth_signature' in parameters ? sent : [...sent, signature]
  return `OAuth ${all.map(([name, value]) => `${name}="${percentEncode(value)}"`).join(', ')}`
}
