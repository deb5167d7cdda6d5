import type { Token } from '../../token/token.ts'
import { lineOfHostPort } from '../host-port.ts'

/** Names of the keys that stand beside the tokens; none of them can be the key of a token. */
export interface RedisKeys {
  /** Says who writes, as long as that process renews it. */
  readonly lease: string
  /** The set of all tokens whose keys are ours. */
  readonly tokens: string
  /** Says for a moment that a process that stands by sees the platform, and could write. */
  readonly able: string
  /** A hash: `writer` who wrote last, `version` how often tokens were written, `ttl` of the keys, `at` when they were last known to be right, `word` for a later one. */
  readonly state: string
  /** The key of a token. */
  of(token: Token): string
}

/** The keys of a namespace. */
export function redisKeys(namespace: string): RedisKeys {
  const beside = `novnc-tokens:${namespace}`
  const prefix = namespace === '' ? '' : `${namespace}:`
  return {
    lease: `${beside}:leader`,
    tokens: `${beside}:tokens`,
    state: `${beside}:state`,
    able: `${beside}:able`,
    of: (token) => prefix + token,
  }
}

/** The value of a token's key, as the plugin TokenRedis of websockify 0.10 to 0.13 reads it. */
export function redisValue(hostPort: string): string {
  return `{"host":"${hostPort}"}`
}

/** Whether a value is what {@link redisValue} makes of this, without making it: many are compared. */
export function isRedisValue(value: string, hostPort: string): boolean {
  return (
    value.length === opening.length + hostPort.length + closing.length &&
    value.startsWith(opening) &&
    value.startsWith(hostPort, opening.length) &&
    value.endsWith(closing)
  )
}

/** The token line of a value that {@link redisValue} made; null for any other. */
export function lineOfRedisValue(token: Token, value: string): string | null {
  return value.startsWith(opening) && value.endsWith(closing)
    ? lineOfHostPort(token, value.slice(opening.length, -closing.length))
    : null
}

const opening = '{"host":"'
const closing = '"}'
