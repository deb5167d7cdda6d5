import type { Answer } from './exchange.ts'
import type { Headers, HttpRequest } from './http-message.ts'
import type { RefusedLogIn } from './log-in.ts'
import { escapeXml, type Format, xmlHead } from './representations.ts'

/** An answer of one text. */
export function textAnswer(status: number, contentType: string, text: string, headers: Headers = {}): Answer {
  return { status, headers: { 'Content-Type': contentType, ...headers }, body: [Buffer.from(text)] }
}

/** An error in the platform's own format. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  format: Format = 'json',
  headers: Headers = {},
): Answer {
  const contentType = `application/vnd.abiquo.errors+${format}`
  if (format === 'json') {
    return textAnswer(status, contentType, JSON.stringify({ collection: [{ code, message }], links: [] }), headers)
  }
  const error = `<error><code>${escapeXml(code)}</code><message>${escapeXml(message)}</message></error>`
  return textAnswer(status, contentType, `${xmlHead}<errors>${error}</errors>`, headers)
}

/** A page of HTML: what a servlet container, a proxy or a log-in page answers. */
export function htmlAnswer(status: number, title: string, headers: Headers = {}): Answer {
  const html = `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`
  return textAnswer(status, 'text/html;charset=utf-8', html, headers)
}

/** Whether a client that said this wants its errors as XML. */
export function errorFormat(accept: string | undefined): Format {
  return /xml/.test(accept ?? '') && !/json/.test(accept ?? '') ? 'xml' : 'json'
}

/** What a 401 asks for. */
export const basicChallenge: Headers = { 'WWW-Authenticate': 'Basic realm="Abiquo Cloud Platform"' }

/** Refuses a log-in. The platform does not tell why; of OAuth the mock does, since signatures are hard to get right. */
export function refusalAnswer({ headers }: HttpRequest, { scheme, why, message = '' }: RefusedLogIn): Answer {
  const format = errorFormat(headers.get('accept'))
  if (scheme !== 'oauth') return errorAnswer(401, 'GEN-5', 'Invalid credentials', format, basicChallenge)
  return errorAnswer(401, `OAUTH-${why.toUpperCase()}`, message, format, { 'WWW-Authenticate': 'OAuth' })
}
