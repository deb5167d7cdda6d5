import type { Target } from '../target.ts'
import { headers } from './headers.ts'
import { history } from './history.ts'
import { http } from './http.ts'
import { keeper } from './keeper.ts'
import { list } from './list.ts'
import { notation } from './notation.ts'
import { oauth } from './oauth.ts'
import { redis } from './redis.ts'
import { settings } from './settings.ts'
import { stream } from './stream.ts'
import { tokens } from './tokens.ts'
import { watch } from './watch.ts'

/** All targets, in the order in which they run. */
export const allTargets: readonly Target[] = [
  list,
  notation,
  keeper,
  history,
  stream,
  watch,
  settings,
  tokens,
  redis,
  headers,
  oauth,
  http,
]
