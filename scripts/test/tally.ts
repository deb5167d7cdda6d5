/** What a step of the test command found. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  /** Tests that were left out, which the test command says, and takes for failures where nothing may be left out. */
  readonly skipped: number
}

/** Counts what the steps of the test command found, and shows each with its time. */
export class Tally {
  #passed = 0
  #failed = 0
  #skipped = false
  readonly #notes: string[] = []
  readonly #print: (line: string) => void
  readonly #skipsFail: boolean

  /**
   * @param print takes the lines to show
   * @param skipsFail whether something left out is a failure
   */
  constructor(print: (line: string) => void, skipsFail: boolean) {
    this.#print = print
    this.#skipsFail = skipsFail
  }

  /** Runs a step; one that throws has failed once. Gives whether all of it passed. */
  async step(title: string, work: () => Promise<Outcome>): Promise<boolean> {
    this.#print(`\n=== ${title}`)
    const began = performance.now()
    const { passed, failed, skipped } = await work().catch((error: unknown) => {
      this.#print(error instanceof Error ? error.message : String(error))
      return { passed: 0, failed: 1, skipped: 0 }
    })
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    this.#passed += passed
    this.#failed += failed
    if (failed > 0) this.#notes.push(`FAILED: ${title} (${failed})`)
    if (skipped > 0) this.skip(title, `${skipped} tests are marked so`)
    this.#print(`--- ${title}: ${passed} passed, ${failed} failed, ${seconds} s`)
    return failed === 0
  }

  /** Whether anything was left out. */
  get skipped(): boolean {
    return this.#skipped
  }

  /** Says that something was left out, and why. */
  skip(what: string, why: string): void {
    this.#skipped = true
    const line = `SKIPPED: ${what}: ${why}`
    this.#print(line)
    this.#notes.push(line)
    if (this.#skipsFail) this.#failed++
  }

  /** Repeats what failed and what was left out, closes with the count, and gives the exit code. */
  close(): number {
    this.#print('')
    for (const note of this.#notes) this.#print(note)
    this.#print(`${this.#passed} passed, ${this.#failed} failed`)
    return this.#failed > 0 || this.#passed === 0 ? 1 : 0
  }
}
