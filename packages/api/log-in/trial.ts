import { Slots } from '../request/slots.ts'

/**
 * Lets requests go one at a time until one has shown that the platform takes their header: so that a header which it
 * takes for the log-in only costs one refusal, not one for each request that is ready to go.
 */
export class Trial {
  readonly #turns = new Slots(1)
  #over: boolean

  /** @param over whether there is nothing to be shown */
  constructor(over: boolean) {
    this.#over = over
  }

  /** Waits for a turn, while there is anything to be shown; dispose what it resolves to when the request has ended. */
  async turn(signal?: AbortSignal): Promise<Disposable> {
    if (this.#over) return { [Symbol.dispose]: () => undefined }
    const turn = await this.#turns.acquire('single', signal)
    if (this.#over) turn[Symbol.dispose]()
    return turn
  }

  /** Tells that it has been shown: whoever waits goes. */
  end(): void {
    this.#over = true
  }
}
