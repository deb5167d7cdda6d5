import { visible } from '../log/visible.ts'

const token = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/gi
const userInUrl = /(?<=\/\/)[^/\s"'@]*@/g
const userOfLogin = /log-in of "(?:[^"\\]|\\.)*"/g

// Sentinels stand in a URL one behind the other.
const serversOfUrl = /(:\/\/[^\s/?#"']*)/

// Not behind slashes: the URLs of the API and of outputs may be told, what stands by itself may be the host of a VM.
const ipv4 = /(?<![\w.:/-])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.])/g
const ipv6 = /(?<![\w.:/[-])(?:\[(?=[\da-f]*:))?(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}\]?(?::\d{1,5})?(?![\w:])/gi
const nameAndPort = /(?<![\w.:/-])[a-z\d_-]+(?:\.[a-z\d_-]+)*:\d{4,5}(?!\w)/gi

/**
 * A text of an error as anybody may see it who reaches the health listener: without tokens, users and addresses of
 * virtual machines. Of an answer of the platform only the status and its code stay, since its own words may name anything.
 */
export function publicText(text: string): string {
  return visible(text)
    .replace(/ answered (\d{3})\b.*$/, (_, status: string) => ` answered ${status}${codeIn(text)}${othersIn(text)}`)
    .replace(userOfLogin, 'log-in')
    .replace(userInUrl, '')
    .replace(token, '[token]')
    .split(serversOfUrl)
    .map((part) => (part.startsWith('://') ? part : withoutAddresses(part)))
    .join('')
}

function withoutAddresses(text: string): string {
  return text.replace(ipv4, '[address]').replace(nameAndPort, '[address]').replace(ipv6, '[address]')
}

/** Abiquo's code, such as `GEN-4`, in `answered 403 Forbidden (GEN-4: ...)`. */
function codeIn(text: string): string {
  const code = / answered \d{3}\b[^()]*\(([A-Z][A-Z0-9_-]{0,30})[:)]/.exec(text)?.[1]
  return code === undefined ? '' : ` (${code})`
}

function othersIn(text: string): string {
  return / \(and \d+ other enterprises\)$/.exec(text)?.[0] ?? ''
}
