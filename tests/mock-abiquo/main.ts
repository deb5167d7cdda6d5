#!/usr/bin/env bun
import { help, readCommandLine } from './command-line.ts'
import { startMock } from './mock.ts'

async function main(): Promise<void> {
  const asked = readCommandLine(process.argv.slice(2))
  if (asked.help) {
    console.log(help)
    return
  }
  const mock = await startMock(asked.options)
  if (asked.prerender !== null) mock.rest.lists.render(asked.prerender)
  mock.churn(asked.churn)
  const stop = () => void mock.stop()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const { apiUrl, streamUrl, username } = mock
  console.log(JSON.stringify({ apiUrl, streamUrl, control: `${mock.origin}/control`, username }))
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  })
}
