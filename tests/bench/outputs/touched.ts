import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Redis } from '../../support/redis.ts'
import { waitFor } from '../../support/wait.ts'

/** How many files of a folder a change creates, changes or removes, by what the file system says afterwards. */
export async function filesTouched(folder: string, change: () => Promise<void>): Promise<number> {
  const before = readdirSync(folder)
  const newest = Math.max(...before.map((name) => statSync(join(folder, name)).ctimeMs))
  await change()
  const after = readdirSync(folder)
  const written = after.filter((name) => statSync(join(folder, name)).ctimeMs > newest)
  const there = new Set(after)
  return written.length + before.filter((name) => !there.has(name)).length
}

/** How many keys of tokens a change sets or deletes, by what MONITOR tells meanwhile. */
export async function keysTouched(redis: Redis, change: () => Promise<void>): Promise<number> {
  await using monitor = await redis.monitor()
  await change()
  await redis.cli('echo', 'all is told')
  await waitFor('the end of the change', () => monitor.stdout().includes('all is told'))
  const keys = monitor.stdout().matchAll(/"(?:set|del|unlink|expire|persist)" "([0-9a-f]{32})"/g)
  return new Set(Array.from(keys, ([, key]) => key)).size
}
