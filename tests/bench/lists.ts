import { join } from 'node:path'
import type { TempFolder } from '../support/temp.ts'
import { measure } from './measure.ts'
import type { Platform } from './platform.ts'

/** The two notations that the API speaks. */
export type Format = 'json' | 'xml'

/** The lists of VMs of all enterprises, each whole, as curl and the parsers fetch them for a floor. */
export interface Lists {
  /** Milliseconds in which one curl process fetches them one after the other, or so many at once. */
  curl(signal: AbortSignal, atOnce?: number): Promise<number>
  /** Milliseconds that the runtime's parser alone takes for them. */
  parse(signal: AbortSignal): Promise<number>
  /** How many there are. */
  readonly count: number
}

/** Finds the lists of a platform. */
export async function listsOf(platform: Platform, format: Format, folder: TempFolder): Promise<Lists> {
  const { apiUrl, username, password } = platform
  const accept = `application/vnd.abiquo.virtualmachines+${format}`
  const urls = (await enterpriseIds(platform)).map(
    (id) => `${apiUrl}/admin/enterprises/${id}/action/virtualmachines?limit=0`,
  )
  const settings = ['silent', 'show-error', 'fail', `user = "${username}:${password}"`, `header = "Accept: ${accept}"`]
  const requests = urls.flatMap((url) => [`url = "${url}"`, 'output = "/dev/null"'])
  const config = await folder.write(`curl-${format}`, `${[...settings, ...requests].join('\n')}\n`)
  const authorization = authorizationOf(platform)
  const input = await folder.write(`lists-${format}.json`, JSON.stringify({ urls, headers: { accept, authorization } }))
  const parser = [process.execPath, join(import.meta.dir, 'parse-lists.ts'), input, format]
  return {
    count: urls.length,
    async curl(signal, atOnce) {
      const parallel = atOnce === undefined ? [] : ['--parallel', '--parallel-immediate', '--parallel-max', `${atOnce}`]
      return (await measure(['curl', '--fail-early', ...parallel, '--config', config], signal)).wallMs
    },
    parse: async (signal) => Number((await measure(parser, signal)).stdout),
  }
}

async function enterpriseIds(platform: Platform): Promise<number[]> {
  const headers = { accept: 'application/vnd.abiquo.enterprises+json', authorization: authorizationOf(platform) }
  const answer = await fetch(`${platform.apiUrl}/admin/enterprises?limit=0`, { headers })
  const { collection } = (await answer.json()) as { collection: { id: number }[] }
  return collection.map(({ id }) => id)
}

function authorizationOf({ username, password }: Platform): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
