/** The two notations that the API speaks. */
export type Format = 'json' | 'xml'

/** The media type of an Abiquo entity or collection, such as `application/vnd.abiquo.enterprises+json`. */
export function mediaType(name: string, format: Format): string {
  // Without a version the platform answers in its newest one; naming one that it does not have is answered 406.
  return `application/vnd.abiquo.${name}+${format}`
}

/** The notation of an answer, by its content type, else by its first character; null for HTML and anything else. */
export function formatOf(contentType: string | null, body: string): Format | null {
  const type = contentType?.toLowerCase() ?? ''
  if (type.includes('html')) return null
  if (type.includes('json')) return 'json'
  if (type.includes('xml')) return 'xml'
  const first = /^[\ufeff\s]*(.)/s.exec(body.slice(0, 1024))?.[1]
  if (first === '{' || first === '[') return 'json'
  return first === '<' && !/<(!doctype\s+)?html/i.test(body.slice(0, 1024)) ? 'xml' : null
}

/** A content type as messages name it: whoever sends one decides how long it is. */
export function shownType(contentType: string | null): string {
  return contentType?.split(';')[0]?.slice(0, 80) || 'of no known type'
}
