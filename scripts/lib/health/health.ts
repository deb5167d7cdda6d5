import { type Clock, systemClock } from '@novnc-tokens/api'
import { type Context, Hono } from 'hono'
import { parseDuration } from '../settings/durations.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { standingStill } from './liveness.ts'
import { readiness } from './readiness.ts'
import { statusPage, statusPagePolicy } from './status-page.ts'
import { statusView, summary } from './status-view.ts'

export { type HealthServer, serveHealth } from './serve-health.ts'

/** What {@link healthApp} asks. */
export interface HealthOptions {
  status: () => DaemonStatus
  /** The text for Prometheus. */
  metrics: () => string | Promise<string>
  /** @default the machine's own clock */
  clock?: Pick<Clock, 'now' | 'wall'>
  /** Told of what must not happen; the asker gets a 500 without details. @default nothing */
  onError?: (error: unknown) => void
}

const maxAgeBounds = { leastMs: 1, mostMs: 8760 * 3_600_000 }

/**
 * The answers to balancers, Prometheus and people: `/healthz`, `/readyz`, `/metrics`, `/status` and `/`. None of them
 * names a token, a user or the address of a virtual machine.
 */
export function healthApp({ status, metrics, clock = systemClock, onError = () => {} }: HealthOptions): Hono {
  const app = new Hono()
  const policy = statusPagePolicy()
  const times = () => ({ wall: clock.wall(), now: clock.now() })

  app.use(async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
  })

  app.get('/healthz', (c) => {
    const still = standingStill(status(), clock.wall())
    if (still === null) return json(c, { status: 'ok' })
    const error = `${still.what} has not turned for ${Math.round(still.ms / 1000)} s`
    return json(c, { status: 'stuck', error }, 503)
  })

  app.get('/readyz', (c) => {
    const maxAge = maxAgeOf(c.req.queries('max_age') ?? [])
    if (typeof maxAge === 'string') return json(c, { error: maxAge }, 400)
    const { ready, degraded, checks } = readiness(status(), { ...times(), maxAgeMs: maxAge })
    return json(c, { status: summary(ready, degraded), degraded, checks }, ready ? 200 : 503)
  })

  app.get('/metrics', async (c) => {
    c.header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    return c.body(await metrics())
  })

  app.get('/status', (c) => json(c, statusView(status(), times())))

  app.get('/', (c) => {
    c.header('content-security-policy', policy)
    c.header('referrer-policy', 'no-referrer')
    return c.html(statusPage(statusView(status(), times())))
  })

  for (const { path } of app.routes.filter(({ method }) => method === 'GET')) {
    app.all(path, (c) => {
      c.header('allow', 'GET, HEAD')
      return json(c, { error: `${path} takes GET and HEAD only` }, 405)
    })
  }
  app.notFound((c) => json(c, { error: 'There are /, /healthz, /readyz, /metrics and /status here' }, 404))
  app.onError((error, c) => {
    onError(error)
    return json(c, { error: 'An unexpected error; the log names it' }, 500)
  })
  return app
}

function json(c: Context, value: unknown, status: 200 | 400 | 404 | 405 | 500 | 503 = 200): Response {
  return c.body(`${JSON.stringify(value)}\n`, status, { 'content-type': 'application/json' })
}

/** Milliseconds, null where nothing is asked, or what is wrong with the question. */
function maxAgeOf(texts: readonly string[]): number | null | string {
  const [text] = texts
  if (text === undefined) return null
  if (texts.length > 1) return 'max_age is given more than once'
  try {
    return parseDuration(text, maxAgeBounds)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return `max_age: ${error.message}`
  }
}
