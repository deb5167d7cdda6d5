const firstPort = 5900
const lastPort = 65_535

/** Hands out VNC ports; each is unique in its rack until the range is used up and begins anew. */
export class Ports {
  readonly #nextOfRack = new Map<number, number>()

  /** The next port of a rack. */
  next(rack: number): number {
    const port = this.#nextOfRack.get(rack) ?? firstPort
    this.#nextOfRack.set(rack, port === lastPort ? firstPort : port + 1)
    return port
  }
}
