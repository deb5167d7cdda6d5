import type { Format } from './representations.ts'

/** What a client gets: the format, and the media type that says so. */
export interface Negotiated {
  readonly format: Format
  readonly contentType: string
}

/** Chooses by `Accept`; null where nothing the client takes can be served. The media name is without `+json`. */
export function negotiate(accept: string | undefined, media: string, version: string): Negotiated | null {
  for (const range of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const wanted = parameters.find((parameter) => parameter.startsWith('version='))?.slice('version='.length)
    if (wanted !== undefined && !isServed(wanted, version)) continue
    const format = formatOf(type, media)
    if (format === null) continue
    const generic = type === 'application/json' || type.endsWith('/xml')
    const named = `application/vnd.abiquo.${media}+${format}; version=${wanted ?? version}`
    return { format, contentType: generic ? `${type};charset=UTF-8` : named }
  }
  return null
}

function formatOf(type: string, media: string): Format | null {
  switch (type) {
    case '*/*':
    case 'application/*':
    case 'application/json':
    case `application/vnd.abiquo.${media}+json`:
      return 'json'
    case 'application/xml':
    case 'text/xml':
    case `application/vnd.abiquo.${media}+xml`:
      return 'xml'
    default:
      return null
  }
}

function isServed(wanted: string, newest: string): boolean {
  const [major, minor] = numbersOf(wanted)
  const [newestMajor, newestMinor] = numbersOf(newest)
  if (!(major >= 2 && minor >= 0)) return false
  return major < newestMajor || (major === newestMajor && minor <= newestMinor)
}

function numbersOf(version: string): [number, number] {
  const [, major, minor] = /^"?(\d+)\.(\d+)"?$/.exec(version) ?? []
  return [Number(major ?? Number.NaN), Number(minor ?? Number.NaN)]
}
