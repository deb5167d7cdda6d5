import type { Soak } from '../soak.ts'
import { stall } from './stall.ts'
import { steady } from './steady.ts'
import { stopped } from './stopped.ts'
import { storm } from './storm.ts'

/** All soaks, in the order in which they run. */
export const allSoaks: readonly Soak[] = [stall, steady, stopped, storm]
