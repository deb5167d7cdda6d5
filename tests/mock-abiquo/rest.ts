import type { Account, Accounts } from './accounts.ts'
import { errorAnswer, errorFormat, htmlAnswer, textAnswer } from './answers.ts'
import type { Answer } from './exchange.ts'
import type { Found } from './found.ts'
import type { HttpRequest } from './http-message.ts'
import { negotiate } from './media.ts'
import type { OAuthCredentials } from './oauth-credentials.ts'
import type { Settings } from './options.ts'
import { type Page, type PagingMistake, pageOf } from './paging.ts'
import type { Platform } from './platform.ts'
import { type Format, type Kind, write, writeLinks, xmlHead } from './representations.ts'
import { type Call, routes } from './routes.ts'
import { VmLists } from './vm-lists.ts'

/** What REST answers from. */
export interface RestParts {
  readonly settings: Settings
  readonly platform: Platform
  readonly accounts: Accounts
  readonly credentials: OAuthCredentials
}

/** The API below `/api`: finds the resource, agrees on a format, pages, and writes. */
export class Rest {
  readonly lists: VmLists
  readonly #parts: RestParts

  constructor(parts: RestParts) {
    this.#parts = parts
    const { hrefBase, padBytes } = parts.settings
    this.lists = new VmLists({ inventory: parts.platform.shown, hrefBase, padding: ' '.padEnd(padBytes, 'x') })
  }

  /** Answers a request whose log-in is good; `mistakes` are made on purpose. */
  answer(request: HttpRequest, account: Account, mistakes: readonly PagingMistake[]): Answer {
    const path = request.path.slice('/api'.length)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    let status = 404
    for (const route of routes) {
      const match = route.pattern.exec(path)
      if (match === null) continue
      status = 405
      if (route.method !== method) continue
      const ids = match.slice(1).map(Number)
      const { platform, settings, credentials } = this.#parts
      const { lists } = this
      const call: Call = { request, ids, account, inventory: platform.shown, platform, settings, lists, credentials }
      return this.#write(route.find(call), request, account, mistakes)
    }
    return htmlAnswer(status, `HTTP Status ${status}`)
  }

  #write(found: Found, request: HttpRequest, account: Account, mistakes: readonly PagingMistake[]): Answer {
    const accept = request.headers.get('accept')
    if (found.is === 'error') return errorAnswer(found.status, found.code, found.message, errorFormat(accept))
    const { settings, accounts } = this.#parts
    const media = found.is === 'entity' ? found.kind.media : `${found.kind.media}s`
    const agreed = negotiate(accept, media, settings.version)
    if (agreed === null) return errorAnswer(406, 'GEN-16', `Not acceptable: ${accept}`, errorFormat(accept))
    const { format, contentType } = agreed
    if (found.is === 'entity') {
      const head = format === 'xml' ? xmlHead : ''
      const text = 'text' in found ? found.text(format) : write(found.entity, found.kind, format)
      const headers = request.path === '/api/login' ? { 'X-Abiquo-Token': accounts.issueToken(account.username) } : {}
      const status = ('status' in found ? found.status : undefined) ?? 200
      return textAnswer(status, contentType, head + text, headers)
    }
    const page = pageOf(request.query, found.total, settings.hrefBase + request.path.slice(4), settings, mistakes)
    if (page === null) return errorAnswer(400, 'QUERY-0', 'Invalid limit or startwith', format)
    const parts = found.slice(format, page.start, page.count)
    const [head, tail] = envelope(found, page, format)
    return { status: 200, headers: { 'Content-Type': contentType }, body: [head, ...parts, tail] }
  }
}

function envelope(found: { kind: Kind; bare: boolean }, page: Page, format: Format): [Buffer, Buffer] {
  const links = writeLinks(found.bare ? [] : page.links, format)
  const element = `${found.kind.element}s`
  if (format === 'xml') {
    const total = found.bare ? '' : `<totalSize>${page.total}</totalSize>`
    return [Buffer.from(`${xmlHead}<${element}>${links}${total}`), Buffer.from(`</${element}>`)]
  }
  const tail = found.bare ? ']}' : `],"totalSize":${page.total}}`
  return [Buffer.from(`{"links":${links},"collection":[`), Buffer.from(tail)]
}
