import { pick, type Random } from './pick.ts'

/** Characters of copies that one mutation makes. */
const mostCopied = 100_000

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** A line that is JSON, be it behind the name of a field or a length. */
const jsonLine = /^(?:data: ?)?(?:\d{1,9}\|)?([[{].*[\]}])\r?$/

/** Changes a value in one of the JSON lines of a text, or how it is written; null where there is none. */
export function mutateJson(text: string, random: Random): string | null {
  const lines = text.split('\n')
  const candidates = lines.flatMap((line, index) => (jsonLine.test(line) ? [index] : []))
  if (candidates.length === 0) return null
  const index = pick(candidates, random)
  const line = lines[index] ?? ''
  const json = jsonLine.exec(line)?.[1] ?? ''
  let value: Json
  try {
    value = JSON.parse(json)
  } catch {
    return null
  }
  const at = line.indexOf(json)
  const now = rewritten(JSON.stringify(changed(value, random)), random)
  lines[index] = line.slice(0, at) + now + line.slice(at + json.length)
  return lines.join('\n')
}

const oddTexts = [
  '',
  ' ',
  '0',
  '5900',
  ' 5900 ',
  '-1',
  '65545',
  '10.0.0.1',
  '2001:db8::1',
  '::ffff:1.2.3.4',
  'fe80::1%eth0',
  'a b',
  'h#x',
  'h\n0123456789abcdef0123456789abcdef: 6.6.6.6:66',
  'h\u2028',
  '\u0000',
  '\ud800',
  'https://h/api/',
  'https://h/api/cloud/../admin',
  '/api/cloud/virtualdatacenters/1/virtualappliances/1/virtualmachines/1?x=1',
  '//evil/api/x',
  '__proto__',
  'x'.repeat(5000),
]
const oddNumbers = [
  0,
  -0,
  -1,
  1,
  5900,
  65_535,
  65_536,
  65_545,
  1.5,
  1e21,
  1e300,
  -1e300,
  2 ** 53,
  8.64e15,
  8.65e15,
  253_402_300_800_000,
]
const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'id',
  'vdrpIP',
  'vdrpPort',
  'links',
  'collection',
  'totalSize',
  'rel',
  'href',
  'action',
  'timestamp',
  '',
  'entityURI',
  'error',
  'code',
]

/** The value with one of its parts changed, wherever that is. */
function changed(value: Json, random: Random): Json {
  const parts = partsOf(value)
  const part = parts.length === 0 || random() < 0.05 ? null : pick(parts, random)
  if (part === null) return other(value, random)
  const { holder, key } = part
  const choice = random()
  if (Array.isArray(holder)) {
    const at = Number(key)
    if (choice < 0.2) holder.splice(at, 1)
    else if (choice < 0.35) holder.splice(at, 0, structuredClone(holder[at] ?? null))
    else if (choice < 0.4) holder.push(...copies(holder[at] ?? null, 2 ** Math.floor(random() * 9)))
    else holder[at] = other(holder[at] ?? null, random)
  } else if (choice < 0.2) delete holder[key]
  else if (choice < 0.3) {
    const before = holder[key] ?? null
    delete holder[key]
    Object.defineProperty(holder, pick(oddNames, random), {
      value: before,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  } else
    Object.defineProperty(holder, key, {
      value: other(holder[key] ?? null, random),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  return value
}

/** As many as asked for, or as fit: copies of copies would fill the memory. */
function copies(value: Json, count: number): readonly Json[] {
  const most = Math.floor(mostCopied / JSON.stringify(value).length)
  return Array.from({ length: Math.min(count, most) }, () => value)
}

function other(value: Json, random: Random): Json {
  const makers: (() => Json)[] = [
    () => null,
    () => random() < 0.5,
    () => pick(oddNumbers, random),
    () => pick(oddTexts, random),
    () => pick(oddTexts, random),
    () => (typeof value === 'number' ? value + Math.round((random() - 0.5) * 10) : pick(oddNumbers, random)),
    () =>
      typeof value === 'string' ? value + pick(oddTexts, random) : typeof value === 'object' ? null : String(value),
    () => (typeof value === 'string' ? Number(value) || 0 : [value]),
    () => [],
    () => ({}),
    () => [value, value],
    () => ({ [pick(oddNames, random)]: value }),
  ]
  return pick(makers, random)()
}

interface Part {
  readonly holder: Json[] | { [name: string]: Json }
  readonly key: string
}

function partsOf(value: Json): readonly Part[] {
  const parts: Part[] = []
  const holders: Json[] = [value]
  for (let holder = holders.pop(); holder !== undefined; holder = holders.pop()) {
    if (typeof holder !== 'object' || holder === null) continue
    for (const key of Object.keys(holder)) {
      parts.push({ holder, key })
      holders.push(Reflect.get(holder, key))
    }
  }
  return parts
}

/** The same, or nearly, written in another way. */
function rewritten(json: string, random: Random): string {
  const choice = random()
  if (choice < 0.8) return json
  // A name that comes twice, with another value.
  if (choice < 0.87)
    return json.replace(
      /"(vdrpIP|vdrpPort|id|href|rel|action|timestamp)":("[^"]*"|[\d.]+)/,
      (pair, name) => `${pair},"${name}":${JSON.stringify(other(0, random))}`,
    )
  if (choice < 0.91)
    return json.replace(
      /"(\w)(\w*)"/,
      (_, first: string, rest) => `"\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}${rest}"`,
    )
  if (choice < 0.94)
    return json.replace(
      /:(\d+)/,
      (_, digits: string) =>
        `:${pick([`${digits}.0`, `${digits}e0`, `-${digits}`, `${digits}${'0'.repeat(400)}`, `0${digits}`], random)}`,
    )
  if (choice < 0.97) {
    const depth = 2 ** Math.floor(random() * 13)
    return json.replace(/\{/, () => `{"deep":${'['.repeat(depth)}${']'.repeat(depth)},`)
  }
  return json.replace(/[{,]"/, (found) => `${found}__proto__":{"polluted":true,"toString":1},"`)
}
