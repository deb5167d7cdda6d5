import type { Body } from '../request/body.ts'
import { formatOf, shownType } from './media-types.ts'
import { hasPagingLinks, integerOf, isResource, linkOf, type Resource } from './resource.ts'
import { parseXml } from './xml.ts'

/** One page of a collection. */
export interface Collection {
  readonly items: readonly Resource[]
  /** How many elements the whole collection has; null where the platform does not say. */
  readonly totalSize: number | null
  /** href of the next page; null where there is none. */
  readonly next: string | null
  /** Whether the page has paging links at all: with them, a missing `next` means the end. */
  readonly linked: boolean
}

/** Thrown for a body that is not what it should be; its message never quotes the body. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  /** `foreign`: not the API's notation at all, such as a proxy's HTML page. `malformed`: cut or damaged. */
  readonly kind: 'foreign' | 'malformed'

  constructor(kind: 'foreign' | 'malformed', message: string) {
    super(message)
    this.kind = kind
  }
}

/** Parses a body of either notation; for XML also tells the root element's name. */
export function parseBody(body: Body, contentType: string | null): { root: string | null; resource: Resource } {
  if ('json' in body) return { root: null, resource: object(body.json) }
  const format = formatOf(contentType, body.text)
  if (format === null) throw new BodyError('foreign', `is ${shownType(contentType)}`)
  if (format === 'json') {
    try {
      return { root: null, resource: object(JSON.parse(body.text)) }
    } catch (error) {
      // The parser's own message may quote the body.
      throw error instanceof SyntaxError ? new BodyError('malformed', 'is not valid JSON') : error
    }
  }
  let document: ReturnType<typeof parseXml>
  try {
    document = parseXml(body.text)
  } catch {
    throw new BodyError('malformed', 'is not well-formed XML')
  }
  const [root, node] = Object.entries(document)[0] ?? []
  if (root === undefined || root.toLowerCase() === 'html') throw new BodyError('foreign', 'is an HTML page')
  return { root, resource: isResource(node) ? node : {} }
}

function object(value: unknown): Resource {
  if (isResource(value)) return value
  throw new BodyError('malformed', 'is not a JSON object')
}

/**
 * Reads a page of a collection: in JSON `{"links", "collection", "totalSize"}`, in XML an element named as the
 * collection with `link`, `totalSize` and the elements named `element`.
 */
export function readCollection(body: Body, contentType: string | null, element: string): Collection {
  const { root, resource } = parseBody(body, contentType)
  const found = root === null ? resource['collection'] : (childOf(resource, element) ?? [])
  if (root !== null && root.toLowerCase() !== `${element}s`.toLowerCase()) {
    throw new BodyError('malformed', `is <${root.slice(0, 40)}> instead of a collection of ${element}`)
  }
  const list = root === null || Array.isArray(found) ? found : [found]
  if (!Array.isArray(list)) throw new BodyError('malformed', 'has no "collection"')
  const items = list.filter(isResource)
  if (items.length !== list.length) throw new BodyError('malformed', 'has an element that is no object')
  return {
    items,
    totalSize: integerOf(resource, 'totalSize'),
    next: linkOf(resource, 'next'),
    linked: hasPagingLinks(resource),
  }
}

/** The child with this name, in letters of any case, as the name of the root is taken: else a full list seems empty. */
function childOf(resource: Resource, name: string): unknown {
  const key = Object.keys(resource).find((each) => each.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : resource[key]
}

/** Reads one entity; in XML its root element must have the name `element`. */
export function readEntity(body: Body, contentType: string | null, element: string): Resource {
  const { root, resource } = parseBody(body, contentType)
  if (root !== null && root.toLowerCase() !== element.toLowerCase()) {
    throw new BodyError('malformed', `is <${root.slice(0, 40)}> instead of <${element}>`)
  }
  return resource
}

/**
 * Reads Abiquo's error body, `{"collection": [{"code", "message"}]}` or `<errors><error>`; null when it is anything
 * else, which means that somebody else answered.
 */
export function readErrors(body: Body, contentType: string | null): { code: string; message: string } | null {
  let parsed: ReturnType<typeof parseBody>
  try {
    parsed = parseBody(body, contentType)
  } catch {
    return null
  }
  const { root, resource } = parsed
  if (root !== null && root !== 'errors' && root !== 'error') return null
  const list = root === 'error' ? resource : root === 'errors' ? resource['error'] : resource['collection']
  const first: unknown = Array.isArray(list) ? list[0] : root === null ? null : list
  if (!isResource(first)) return null
  const { code, message } = first
  return typeof code === 'string' && code !== '' ? { code, message: typeof message === 'string' ? message : '' } : null
}
