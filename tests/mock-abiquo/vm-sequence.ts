import type { Format } from './representations.ts'

// Small enough that a change costs a fraction of a millisecond, large enough that a list is a few dozen writes.
const blockSize = 32

interface Rendered {
  readonly bytes: Buffer
  /** Where each element begins; one more entry says where the last ends. */
  readonly starts: readonly number[]
}

interface Block {
  readonly ids: number[]
  readonly rendered: Partial<Record<Format, Rendered>>
}

/** The virtual machines of one enterprise by id, with the bytes of their representations kept until they change. */
export class VmSequence {
  readonly #blocks: Block[] = []
  readonly #write: (id: number, format: Format) => string
  #size = 0

  constructor(write: (id: number, format: Format) => string) {
    this.#write = write
  }

  /** Number of virtual machines. */
  get size(): number {
    return this.#size
  }

  /** Adds an id; a lower one than the last finds its place. */
  add(id: number): void {
    const last = this.#blocks.at(-1)
    if (last === undefined || (last.ids.length >= blockSize && id > (last.ids.at(-1) ?? 0))) {
      this.#blocks.push({ ids: [id], rendered: {} })
    } else {
      const block = this.#blockOf(id) ?? last
      const at = block.ids.findIndex((other) => other > id)
      block.ids.splice(at < 0 ? block.ids.length : at, 0, id)
      forget(block)
    }
    this.#size++
  }

  /** Removes an id. */
  delete(id: number): void {
    const block = this.#blockOf(id)
    const at = block?.ids.indexOf(id) ?? -1
    if (block === undefined || at < 0) return
    block.ids.splice(at, 1)
    forget(block)
    if (block.ids.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1)
    this.#size--
  }

  /** The representation of an id has changed. */
  touch(id: number): void {
    const block = this.#blockOf(id)
    if (block !== undefined) forget(block)
  }

  /** Writes all of it now, so that no request has to wait for it. */
  render(format: Format): void {
    for (const block of this.#blocks) this.#rendered(block, format)
  }

  /** The bytes of `count` elements from the one at `start`; in JSON with commas between them. */
  slice(format: Format, start: number, count: number): Uint8Array[] {
    const parts: Uint8Array[] = []
    let skip = start
    let left = count
    for (const block of this.#blocks) {
      if (left <= 0) break
      const { length } = block.ids
      if (skip >= length) {
        skip -= length
        continue
      }
      const { bytes, starts } = this.#rendered(block, format)
      const end = Math.min(length, skip + left)
      parts.push(bytes.subarray(starts[skip], starts[end]))
      left -= end - skip
      skip = 0
    }
    const last = parts.at(-1)
    if (format === 'json' && last !== undefined) parts[parts.length - 1] = last.subarray(0, -1)
    return parts
  }

  #rendered(block: Block, format: Format): Rendered {
    const known = block.rendered[format]
    if (known !== undefined) return known
    const separator = format === 'json' ? ',' : ''
    const texts = block.ids.map((id) => this.#write(id, format) + separator)
    // One buffer for all of them: thirty-two small ones cost three times as much.
    const bytes = Buffer.from(texts.join(''))
    const ascii = bytes.length === texts.reduce((sum, text) => sum + text.length, 0)
    const starts = [0]
    let end = 0
    for (const text of texts) {
      end += ascii ? text.length : Buffer.byteLength(text)
      starts.push(end)
    }
    const rendered = { bytes, starts }
    block.rendered[format] = rendered
    return rendered
  }

  #blockOf(id: number): Block | undefined {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#blocks[middle]?.ids[0] ?? 0) <= id) low = middle
      else high = middle - 1
    }
    return this.#blocks[low]
  }
}

function forget(block: Block): void {
  delete block.rendered.json
  delete block.rendered.xml
}
