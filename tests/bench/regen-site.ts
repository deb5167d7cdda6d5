import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { BenchContext } from './bench.ts'
import { type Format, type Lists, listsOf } from './lists.ts'
import { measure, type Run } from './measure.ts'
import { type Platform, type PlatformOptions, startPlatform } from './platform.ts'

/** A platform that `regen` lists, and the floors beside it. */
export interface RegenSite extends AsyncDisposable {
  readonly platform: Platform
  readonly lists: Lists
  /** Runs `regen` once, into a new file, and sees to it that the file has every token. */
  regen(): Promise<Run>
}

/** What a site is like. */
export interface RegenSiteOptions extends PlatformOptions {
  readonly format: Format
}

/** Starts a platform with all lists written before the first request. */
export async function startRegenSite(context: BenchContext, options: RegenSiteOptions): Promise<RegenSite> {
  const { binary, folder, signal } = context
  const { format, flags = [] } = options
  context.say(`a platform of ${options.vms} VMs on ${options.enterprises} enterprises, ${format}`)
  const platform = await startPlatform({ ...options, flags: [...flags, '--prerender', format] }, signal)
  try {
    const lists = await listsOf(platform, format, folder)
    const tokens = await platform.countTokens()
    const passwordFile = await folder.write('password', platform.password)
    const file = folder.file('regen.vnc')
    const login = ['-a', platform.apiUrl, '-u', platform.username, '--pass-file', passwordFile]
    const command = [binary, 'regen', ...login, '-f', file, '--api-format', format, '--log-level', 'warn']
    return {
      platform,
      lists,
      async regen() {
        const run = await measure(command, signal)
        const lines = await countLines(file)
        await rm(file)
        if (lines !== tokens) throw new Error(`regen wrote ${lines} lines, and ${tokens} tokens are right`)
        return run
      },
      [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
    }
  } catch (error) {
    await platform[Symbol.asyncDispose]()
    throw error
  }
}

async function countLines(path: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines++
  }
  return lines
}
