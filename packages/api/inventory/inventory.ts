import { ApiError } from '../errors.ts'
import { readCollection, readEntity } from '../notation/collection.ts'
import type { Hrefs } from '../notation/href.ts'
import type { Resource } from '../notation/resource.ts'
import type { Connection } from '../request/connection.ts'
import { parseAnswer } from '../request/parse-answer.ts'
import type { Lane } from '../request/slots.ts'
import { type Enterprise, enterprisePath, readEnterprise } from './enterprise.ts'
import { PageSizes } from './page-sizes.ts'
import { type PageFacts, PageWalk, type Step, type Verdict } from './page-walk.ts'
import { readAddress, readVirtualMachine, type VirtualMachine } from './virtual-machine.ts'

/** How one list is read. */
export interface ListOptions {
  signal?: AbortSignal
  /** Called each time a request is sent: a page is not older than the last call before it. */
  onIssue?: () => void
  /** @default 'single' for one entity and the VMs of a machine, 'list' for lists */
  lane?: Lane
  /** Leaves the enterprise, machine and datacenter of each VM null: a long list then takes a tenth less. @default false */
  addressesOnly?: boolean
}

/** Longest body of a page, and of a list that a server gives in one piece, in bytes. */
const pageBytes = 64 * 2 ** 20
const wholeBytes = 256 * 2 ** 20

interface Listing<T> {
  readonly path: string
  /** Media type of the collection and name of an element in XML. */
  readonly accept: string
  readonly element: string
  readonly lane: Lane
  readonly read: (resource: Resource, hrefs: Hrefs) => T | null
}

/**
 * What the platform has: its enterprises and their virtual machines.
 *
 * @example
 * ```ts
 * const inventory = new Inventory(connection)
 * const { enterprises } = await inventory.enterprises()
 * for (const enterprise of enterprises) {
 *   for await (const page of inventory.virtualMachinesOf(enterprise)) console.log(page.length)
 * }
 * ```
 */
export class Inventory {
  readonly #connection: Connection
  readonly #pageSizes = new PageSizes()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** All enterprises that the user may see, and whether that is all of them. */
  async enterprises(options: ListOptions = {}): Promise<Verdict & { enterprises: readonly Enterprise[] }> {
    // By id: a page may repeat elements, and what does not page is read again from its start.
    const enterprises = new Map<string, Enterprise>()
    const pages = this.#list({ ...enterpriseListing, path: '/admin/enterprises' }, options)
    for (;;) {
      const { done, value } = await pages.next()
      if (done) return { ...value, enterprises: [...enterprises.values()] }
      for (const enterprise of value) enterprises.set(enterprise.id, enterprise)
    }
  }

  /** Whether the enterprise exists; throws where the platform says neither. A 404 is proof only in Abiquo's format. */
  async readEnterprise(id: string, options: ListOptions = {}): Promise<Enterprise> {
    return await this.#read(enterprisePath(id), 'enterprise', 'enterprise', readEnterprise, options)
  }

  /** The virtual machines of an enterprise, page by page; returns whether these were all. */
  virtualMachinesOf(
    enterprise: Enterprise,
    options: ListOptions = {},
  ): AsyncGenerator<readonly VirtualMachine[], Verdict> {
    const read = options.addressesOnly === true ? readAddress : readVirtualMachine
    return this.#list({ ...machineListing, read, path: enterprise.virtualMachines, lane: 'list' }, options)
  }

  /** The virtual machines of a machine (host), given its path, page by page; returns whether these were all. */
  virtualMachinesOn(machine: string, options: ListOptions = {}): AsyncGenerator<readonly VirtualMachine[], Verdict> {
    // A host has tens of VMs, and an event waits for them: as quick as a single read.
    return this.#list({ ...machineListing, path: `${machine}/virtualmachines`, lane: 'single' }, options)
  }

  /** One virtual machine by its path. */
  async virtualMachine(path: string, options: ListOptions = {}): Promise<VirtualMachine> {
    return await this.#read(path, 'virtualmachine', 'virtualMachine', readVirtualMachine, options)
  }

  async #read<T>(
    path: string,
    accept: string,
    element: string,
    read: Listing<T>['read'],
    options: ListOptions,
  ): Promise<T> {
    const { body, contentType, url } = await this.#connection.get(path, { ...options, accept })
    const value = read(
      parseAnswer(url, () => readEntity(body, contentType, element)),
      this.#connection.hrefs,
    )
    if (value === null)
      throw new ApiError('malformed', `The answer to GET "${url}" is no ${element} with an id`, { url })
    return value
  }

  async *#list<T extends { id: string }>(listing: Listing<T>, options: ListOptions): AsyncGenerator<T[], Verdict> {
    const { hrefs } = this.#connection
    const walk = new PageWalk(listing.path, (href) => hrefs.pathOf(href), this.#pageSizes)
    let step: Step = walk.start()
    let nameless = 0
    while ('read' in step) {
      const page = await this.#page(step, listing, options).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 400) return null
        throw error
      })
      if (page === null) {
        const other = walk.refused()
        if (other === null) return { complete: false, why: `GET "${step.read}" is refused with 400` }
        step = other
        continue
      }
      nameless += page.length - page.values.length
      step = walk.take(page)
      // Everything is read again.
      if ('read' in step && step.whole) nameless = 0
      if (page.values.length > 0) yield page.values
    }
    if (nameless > 0) return { complete: false, why: `${nameless} of its elements have no id` }
    return step.end
  }

  /** One page, read to the values that it has: the parsed body, ten times as large, is garbage once this returns. */
  async #page<T extends { id: string }>(
    step: { read: string; whole: boolean },
    listing: Listing<T>,
    options: ListOptions,
  ): Promise<PageFacts & { values: T[] }> {
    const { hrefs } = this.#connection
    const { body, contentType, url } = await this.#connection.get(step.read, {
      ...options,
      accept: listing.accept,
      lane: listing.lane,
      maxBytes: step.whole ? wholeBytes : pageBytes,
    })
    const page = parseAnswer(url, () => readCollection(body, contentType, listing.element))
    const values = page.items.map((item) => listing.read(item, hrefs)).filter((value) => value !== null)
    const { totalSize, next, linked } = page
    return { values, ids: values.map(({ id }) => id), length: page.items.length, totalSize, next, linked }
  }
}

const enterpriseListing = { accept: 'enterprises', element: 'enterprise', lane: 'list', read: readEnterprise } as const
const machineListing = { accept: 'virtualmachines', element: 'virtualMachine', read: readVirtualMachine } as const
