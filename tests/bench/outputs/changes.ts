import type { ConsoleVm } from '../console-vm.ts'
import { pause } from '../daemon-site.ts'
import type { Platform } from '../platform.ts'

/** Between two changes, so that each is written by itself. */
const pauseMs = 25
/** As long as this after a change is seen, requests and writes still count. */
const quietMs = 300
const tokenLength = 32

/** How changes of one VM are seen in an output. */
export interface Sight {
  /** Resolves with the time at which a token was seen to have come. */
  readonly come: (token: string) => Promise<number>
  /** The same for one that is gone. */
  readonly gone: (token: string) => Promise<number>
}

/** Milliseconds of each change, and beside them of a floor and of a call to the mock that changes nothing. */
export interface ChangeTimes {
  readonly deploys: readonly number[]
  readonly undeploys: readonly number[]
  readonly floors: readonly number[]
  readonly trips: readonly number[]
}

/** Deploys and undeploys a VM in turns, each with a token of its own; after each change comes the floor. */
export async function timeChanges(
  platform: Platform,
  vm: ConsoleVm,
  changes: number,
  { come, gone }: Sight,
  floor: () => Promise<number>,
  signal: AbortSignal,
): Promise<ChangeTimes> {
  const found = { deploys: [] as number[], undeploys: [] as number[], floors: [] as number[], trips: [] as number[] }
  for (let index = 0; index < changes; index++) {
    const deploys = index % 2 === 0
    const token = vm.line.slice(0, tokenLength)
    await pause(pauseMs, signal)
    const seen = deploys ? come(token) : gone(token)
    const began = performance.now()
    const [at] = await Promise.all([seen, deploys ? vm.deploy() : vm.undeploy()])
    found[deploys ? 'deploys' : 'undeploys'].push(at - began)
    await pause(pauseMs, signal)
    found.floors.push(await floor())
    const asked = performance.now()
    await platform.control('faults')
    found.trips.push(performance.now() - asked)
  }
  return found
}

/** What each change cost: REST requests, and files or keys that were touched. */
export interface ChangeCosts {
  readonly requests: readonly number[]
  readonly touched: readonly number[]
}

/** Deploys and undeploys a VM some times, and counts what each change costs. */
export async function countChanges(
  platform: Platform,
  vm: ConsoleVm,
  rounds: number,
  { come, gone }: Sight,
  touched: (change: () => Promise<void>) => Promise<number>,
  signal: AbortSignal,
): Promise<ChangeCosts> {
  const found = { requests: [] as number[], touched: [] as number[] }
  for (let round = 0; round < 2 * rounds; round++) {
    const deploys = round % 2 === 0
    const token = vm.line.slice(0, tokenLength)
    await pause(quietMs, signal)
    await platform.control('requests/clear')
    const count = await touched(async () => {
      await Promise.all([deploys ? come(token) : gone(token), deploys ? vm.deploy() : vm.undeploy()])
      await pause(quietMs, signal)
    })
    found.touched.push(count)
    found.requests.push((await platform.requests()).filter(({ kind }) => kind === 'rest').length)
  }
  return found
}
