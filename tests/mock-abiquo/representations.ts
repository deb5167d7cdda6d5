/** A value of a field. */
export type Scalar = string | number | boolean | null

/** A link of an entity or of a collection. */
export interface Link {
  readonly rel: string
  readonly href: string
  readonly type?: string
  readonly title?: string
}

/** An entity before it is written. */
export interface Entity {
  readonly links: readonly Link[]
  /** Scalars and lists of them; in XML a list is repeated, and what else there is stays out. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Lists inside the entity, by name: `privileges` of a user. */
  readonly lists?: Readonly<Record<string, readonly Entity[]>>
}

/** The two ways in which everything is written. */
export type Format = 'json' | 'xml'

/** Name of an entity in its media type, and of its element in XML. */
export interface Kind {
  readonly media: string
  readonly element: string
}

/** The kinds that the platform serves; a collection's name is its entity's with an `s`. */
export const kinds = {
  enterprise: { media: 'enterprise', element: 'enterprise' },
  virtualMachine: { media: 'virtualmachine', element: 'virtualMachine' },
  datacenter: { media: 'datacenter', element: 'datacenter' },
  rack: { media: 'rack', element: 'rack' },
  machine: { media: 'machine', element: 'machine' },
  virtualDatacenter: { media: 'virtualdatacenter', element: 'virtualDatacenter' },
  virtualAppliance: { media: 'virtualappliance', element: 'virtualAppliance' },
  user: { media: 'user', element: 'user' },
  event: { media: 'event', element: 'event' },
  application: { media: 'application', element: 'application' },
} as const satisfies Record<string, Kind>

/** Declaration at the head of every XML answer. */
export const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

/** Writes an entity. */
export function write(entity: Entity, kind: Kind, format: Format): string {
  return format === 'json' ? JSON.stringify(jsonOf(entity)) : xmlOf(entity, kind.element)
}

/** Writes links the way a collection carries them. */
export function writeLinks(links: readonly Link[], format: Format): string {
  return format === 'json' ? JSON.stringify(links) : links.map(xmlLink).join('')
}

/** Makes a text safe inside XML; characters that XML cannot hold are dropped, as the platform's serialiser does. */
export function escapeXml(text: string): string {
  if (!/[&<>"\u0000-\u001f\ufffe\uffff]/.test(text)) return text
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
}

function jsonOf(entity: Entity): Record<string, unknown> {
  const lists: Record<string, unknown> = {}
  for (const [name, entities] of Object.entries(entity.lists ?? {})) {
    lists[name] = { links: [], collection: entities.map(jsonOf) }
  }
  return { ...entity.fields, links: entity.links, ...lists }
}

function xmlOf(entity: Entity, element: string): string {
  let xml = `<${element}>`
  for (const link of entity.links) xml += xmlLink(link)
  for (const name of Object.keys(entity.fields)) {
    const value = entity.fields[name]
    if (Array.isArray(value)) for (const item of value) xml += xmlField(name, item)
    else xml += xmlField(name, value)
  }
  for (const [name, entities] of Object.entries(entity.lists ?? {})) {
    xml += `<${name}>${entities.map((inner) => xmlOf(inner, name.replace(/s$/, ''))).join('')}</${name}>`
  }
  return `${xml}</${element}>`
}

function xmlField(name: string, value: unknown): string {
  if (value === null || value === undefined || typeof value === 'object') return ''
  return `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`
}

function xmlLink({ rel, href, type, title }: Link): string {
  const attribute = (name: string, value: string | undefined) =>
    value === undefined ? '' : ` ${name}="${escapeXml(value)}"`
  return `<link${attribute('title', title)}${attribute('rel', rel)}${attribute('type', type)}${attribute('href', href)}/>`
}
