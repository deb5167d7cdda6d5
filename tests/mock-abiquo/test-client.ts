import type { Mock } from './mock.ts'

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

/** The events in the text of a stream. */
export function eventsIn(text: string): Record<string, unknown>[] {
  return [...text.matchAll(/data:(?:\d+\|)?(\{.*\})/g)].map((match) => JSON.parse(match[1] ?? ''))
}
