import { expect, test } from 'bun:test'
import { fakeStatus } from '../health/fake-status.ts'
import { createMetrics } from './metrics.ts'
import { alerts, metricsPage } from './metrics-page.ts'

test('the page has every metric that a scrape gives, and no other', async () => {
  const text = await createMetrics().render(fakeStatus())
  const scraped = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  const listed = [...metricsPage().matchAll(/^\| `(novnc_tokens_\w+)` +\| (\w+)/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  )
  expect(listed).toEqual(scraped)
})

test.each(alerts.map(([meaning, expression]) => [meaning, expression] as const))(
  'the alert "%s" names metrics that exist',
  (_, expression) => {
    const page = metricsPage()
    const names = expression.match(/novnc_tokens_\w+/g) ?? []
    expect(names).not.toEqual([])
    for (const name of names) expect(page).toContain(`| \`${name}\``)
  },
)
