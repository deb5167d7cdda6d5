import { Connection, type ConnectionOptions, type TlsOptions } from '@novnc-tokens/api'
import { authorizationOf, type Confidants } from './authorization.ts'
import { tellingFirstWait } from './first-answer.ts'
import type { Logger } from './log/log.ts'
import type { ApiSettings } from './settings/api-settings.ts'

/** The log-in and certificates of the settings, as a connection takes them. */
export function credentialsOf({ login, tls }: Pick<ApiSettings, 'login' | 'tls'>, confidants: Confidants) {
  return { authorization: authorizationOf(login, confidants), tls: tlsOptions(tls) }
}

/** The connection that the settings describe; one that is `patient` waits while the log-in is refused or out of reach. Of a long wait for the first answer it tells. */
export function connect(
  settings: ApiSettings,
  confidants: Confidants & { readonly logger: Pick<Logger, 'info'> },
  more: Pick<ConnectionOptions, 'patient' | 'looksOut' | 'onLogin'> = {},
): Connection {
  const { api, apiLocation, format, timeoutMs, concurrency } = settings
  const { authorization, tls } = credentialsOf(settings, confidants)
  return new Connection({
    api,
    apiLocation,
    format,
    timeoutMs,
    concurrency,
    authorization,
    fetch: tellingFirstWait({ api, logger: confidants.logger }),
    ...more,
    ...(tls === undefined ? {} : { tls }),
  })
}

function tlsOptions({ ca, cert, key, insecure }: ApiSettings['tls']): TlsOptions | undefined {
  if (ca === undefined && cert === undefined && !insecure) return undefined
  return {
    rejectUnauthorized: !insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key: key.reveal() }),
  }
}

/** Pages of XML take twice the memory of JSON while they are read, so fewer are read at once; it costs no time. */
const mostXmlLists = 3

/** How many lists to read at once. */
export function listsAtOnce({ listLimit }: Connection, format: ApiSettings['format']): number {
  return format === 'xml' ? Math.min(listLimit, mostXmlLists) : listLimit
}
