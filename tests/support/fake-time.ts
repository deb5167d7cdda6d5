import { writeFileSync } from 'node:fs'
import { program } from './packages.ts'
import type { TempFolder } from './temp.ts'

/** A clock for a child process that a test can put forward and back while it runs. */
export interface FakeWallClock {
  readonly env: Readonly<Record<string, string>>
  /** From now on its wall clock is off by so many seconds; its monotonic clock is left alone, as by a real jump. */
  shift(seconds: number): void
}

/** Makes a wall clock by Debian's faketime. */
export function fakeWallClock(folder: TempFolder): FakeWallClock {
  const file = folder.file('clock')
  const shift = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  shift(0)
  const env = { FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' }
  return { env: { ...preloaded(), ...env }, shift }
}

/**
 * The environment of a child whose clocks both run faster. Its timers are as fast only while something, such as a
 * request, wakes its loop: the kernel knows nothing of the faster clock.
 */
export function fasterClock(times: number): Readonly<Record<string, string>> {
  return { ...preloaded(), FAKETIME: `+0 x${times}` }
}

/** The program by this name would set a fixed time, which goes before that of a file: its library alone does not. */
function preloaded(): Record<string, string> {
  return { LD_PRELOAD: program('faketime'), NO_FAKE_STAT: '1' }
}
