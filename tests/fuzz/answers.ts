import type { Fetch } from '@novnc-tokens/api'
import { must } from './target.ts'

/** An answer of a platform that does as it is told. */
export interface ScriptedAnswer {
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
}

/** More requests than this for one list or one minute are a loop, whatever was answered. */
const mostRequests = 400
const head = /^> (\/\S*)(?: (\d{3}))?(?: ([\w.+/-]+(?:; ?charset=[\w-]+)?))?((?: [\w-]+=[^\s]*)*)\s*$/

/**
 * Reads a script of answers: each begins with a line `> PATH STATUS TYPE NAME=VALUE...`, of which all behind the path may
 * be missing, and has all lines up to the next one as its body. Blanks in the values are written as `_`.
 */
export function readAnswers(input: Uint8Array): readonly ScriptedAnswer[] {
  const answers: ScriptedAnswer[] = []
  // By Latin-1 each byte is a character, and stays what it is.
  let lines: string[] = []
  let found: RegExpExecArray | null = null
  const end = () => {
    if (found === null) return
    const [, path = '/', status = '200', type, more = ''] = found
    const headers = new Headers(type === undefined ? {} : { 'content-type': type })
    for (const [, name = '', value = ''] of more.matchAll(/ ([\w-]+)=(\S*)/g)) {
      try {
        headers.append(name, value.replaceAll('_', ' '))
      } catch {
        // No server could send it.
      }
    }
    answers.push({ path, status: Number(status), headers, body: Buffer.from(lines.join('\n'), 'latin1') })
  }
  for (const line of Buffer.from(input).toString('latin1').split('\n')) {
    const next = head.exec(line)
    if (next === null) {
      lines.push(line)
      continue
    }
    end()
    found = next
    lines = []
  }
  end()
  return answers
}

/** A platform that gives scripted answers. */
export interface Scripted {
  readonly fetch: Fetch
  /** Paths of the requests so far, without queries. */
  readonly requests: readonly string[]
}

/**
 * Answers by a script: of several for one path each once, the last again and again; where there is none, 404 in Abiquo's
 * format, and the log-in works.
 */
export function scripted(answers: readonly ScriptedAnswer[]): Scripted {
  const requests: string[] = []
  const given = new Map<string, number>()
  const fetch: Fetch = async (url, init) => {
    const { pathname, host } = new URL(url)
    must(host === 'h', `a request went to another host: ${host.slice(0, 80)}`)
    must(requests.length < mostRequests, `over ${mostRequests} requests`)
    const path = pathname.replace(/^\/api/, '')
    requests.push(path)
    init.signal?.throwIfAborted()
    const fitting = answers.filter((each) => each.path === path)
    const turn = given.get(path) ?? 0
    given.set(path, turn + 1)
    const answer = fitting[Math.min(turn, fitting.length - 1)]
    if (answer !== undefined) return responseOf(answer)
    if (path === '/login') return Response.json({ id: 1, nick: 'admin', links: [] })
    return Response.json({ collection: [{ code: 'GEN-404', message: 'There is no such thing' }] }, { status: 404 })
  }
  return { fetch, requests }
}

/** What a fetch gives for an answer. */
export function responseOf({ status, headers, body }: ScriptedAnswer): Response {
  const sent = status < 200 || status > 599 ? 200 : status
  const empty = [101, 204, 205, 304].includes(sent)
  return new Response(empty ? null : body, { status: sent, headers })
}
