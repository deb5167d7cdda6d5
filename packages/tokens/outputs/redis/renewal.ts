import type { Clock } from '@novnc-tokens/api'
import type { RedisConnection } from './connection.ts'
import type { RedisKeys } from './keys.ts'
import type { Scripts } from './scripts.ts'
import { renewTokens } from './store.ts'

/** Settings of a {@link Renewal}. */
export interface RenewalOptions {
  readonly keys: RedisKeys
  /** Seconds that keys are to live; null: for ever. */
  readonly ttlSeconds: number | null
  readonly clock: Pick<Clock, 'now'>
  /** Called where keys of ours were gone. */
  readonly onGone: () => void
  readonly onFailed: (connection: RedisConnection, error: unknown) => void
}

/** Has keys that expire live on, in thirds of their time; and keys that once expired live for ever, once. */
export class Renewal {
  readonly #options: RenewalOptions
  #at = Number.POSITIVE_INFINITY
  #running = false

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  /**
   * It is not known how long the keys live yet: they are renewed as soon as may be.
   *
   * @param ttl what another process noted of them, perhaps
   */
  due(ttl: string): void {
    const { ttlSeconds, clock } = this.#options
    const never = ttlSeconds === null && (ttl === '' || ttl === '0')
    this.#at = never ? Number.POSITIVE_INFINITY : clock.now()
  }

  /** Renews the keys in the background, if it is time to. @param scripts those of the term */
  run(connection: RedisConnection, scripts: Scripts): void {
    const { keys, ttlSeconds, clock, onGone, onFailed } = this.#options
    const now = clock.now()
    if (this.#running || now < this.#at) return
    this.#running = true
    this.#at = ttlSeconds === null ? Number.POSITIVE_INFINITY : now + (ttlSeconds * 1000) / 3
    renewTokens(connection, keys, scripts)
      .then(
        (gone) => {
          if (gone !== null && gone > 0) onGone()
        },
        (error: unknown) => {
          this.#at = now
          onFailed(connection, error)
        },
      )
      .finally(() => {
        this.#running = false
      })
  }
}
