import { basic, Connection, type Format, Inventory } from '@novnc-tokens/api'
import { SteppedClock } from '../stepped-clock.ts'
import { must, type Target } from '../target.ts'

/** One list in both notations. */
export const notation: Target = {
  name: 'notation',
  about: 'a list of VMs as JSON, and the same as XML: the same VMs',
  words: ['"vdrpIP":"10.0.0.9"', '"vdrpPort":"5999"', '&amp;', '<', '"totalSize":1', '\\u0041', '\\n'],
  async run(input) {
    const list = listOf(input)
    if (list === null) return
    const json = await read('json', jsonOf(list))
    const xml = await read('xml', xmlOf(list))
    must(json === xml, `as JSON it is ${json.slice(0, 300)}, and as XML ${xml.slice(0, 300)}`)
  },
}

type Scalar = string | number | boolean
interface Vm {
  readonly fields: Readonly<Record<string, Scalar>>
  readonly links: readonly { readonly rel: string; readonly href: string }[]
}

interface List {
  readonly items: readonly Vm[]
  readonly totalSize?: Scalar
}

/** What both notations can say of an input; null where it is no list. */
function listOf(input: Uint8Array): List | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder().decode(input))
  } catch {
    return null
  }
  const { collection, totalSize } = objectOf(parsed)
  if (!Array.isArray(collection)) return null
  // An element with nothing in it is a text in XML, and none of a list.
  const vms = collection.map(vmOf).filter(({ fields, links }) => Object.keys(fields).length + links.length > 0)
  const items = vms.map(({ fields, links }) => ({ fields, links }))
  return { items, ...(isScalar(totalSize) ? { totalSize } : {}) }
}

function vmOf(value: unknown): Vm {
  const { links, vdrpIP, ...rest } = objectOf(value)
  const fields: Record<string, Scalar> = {}
  for (const [name, each] of Object.entries(rest)) {
    if (/^[a-zA-Z]\w*$/.test(name) && name !== 'link' && isScalar(each)) fields[name] = each
  }
  // As XML each value is a text, and an address is taken from a text only.
  if (isText(vdrpIP)) fields['vdrpIP'] = vdrpIP
  const all: unknown[] = Array.isArray(links) ? links : []
  return {
    fields,
    links: all.map(objectOf).flatMap(({ rel, href }) => (isText(rel) && isText(href) ? [{ rel, href }] : [])),
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function isScalar(value: unknown): value is Scalar {
  // Of longer numbers a text is none to the client: no port and no count is so large.
  const short = typeof value === 'number' && Math.abs(value) < 1e15
  return short || typeof value === 'boolean' || isText(value)
}

/** Whether a value is a text that XML can hold (XML 1.0, section 2.2). */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(value)
}

function jsonOf({ items, totalSize }: List): string {
  return JSON.stringify({ links: [], collection: items.map(({ fields, links }) => ({ ...fields, links })), totalSize })
}

function xmlOf({ items, totalSize }: List): string {
  const total = totalSize === undefined ? '' : element('totalSize', totalSize)
  const vms = items.map(({ fields, links }) => {
    const all = links.map(({ rel, href }) => `<link rel="${escaped(rel)}" href="${escaped(href)}"/>`)
    const others = Object.entries(fields).map(([name, value]) => element(name, value))
    return `<virtualMachine>${[...all, ...others].join('')}</virtualMachine>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?><virtualMachines>${total}${vms.join('')}</virtualMachines>`
}

function element(name: string, value: Scalar): string {
  return `<${name}>${escaped(String(value))}</${name}>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.codePointAt(0)};`)
}

/** What a list is read as: its VMs, and whether these are all; or the code of its error. */
async function read(format: Format, body: string): Promise<string> {
  const clock = new SteppedClock()
  using connection = new Connection({
    api: 'http://h/api',
    authorization: basic('a', 'b'),
    format,
    clock,
    random: () => 0,
    fetch: async (url) => {
      const text = url.endsWith('/login') ? (format === 'json' ? '{}' : '<user/>') : body
      return new Response(text, { headers: { 'content-type': `application/${format}` } })
    },
  })
  const enterprise = { id: '1', name: null, virtualMachines: '/admin/enterprises/1/action/virtualmachines' }
  const pages = new Inventory(connection).virtualMachinesOf(enterprise)
  const vms: unknown[] = []
  for (;;) {
    const { done, value } = await clock.through(pages.next())
    if (done) return JSON.stringify({ complete: value.complete, vms })
    // NaN, where a port is no number, would become null.
    vms.push(...value.map((vm) => ({ ...vm, vdrpPort: String(vm.vdrpPort) })))
  }
}
