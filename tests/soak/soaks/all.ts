import type { Soak } from '../soak.ts'
import { stall } from './stall.ts'
import { stopped } from './stopped.ts'

/** All soaks, in the order in which they run. */
export const allSoaks: readonly Soak[] = [stall, stopped]
