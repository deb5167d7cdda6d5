import { readBasic } from './login/basic.ts'
import { readBearer } from './login/bearer.ts'
import type { Login } from './login/login.ts'
import { readOauth } from './login/oauth.ts'
import type { OptionKey } from './options.ts'
import type { Reading } from './reading.ts'
import { badSetting, type Given, type Source } from './sources.ts'

/** The ways to log in by the settings that belong to them. */
const keysOf = {
  basic: ['username', 'pass', 'passFile'],
  bearer: ['bearerFile', 'bearer'],
  oauth: ['oauthFile', 'appKey', 'appSecret', 'token', 'tokenSecret'],
} as const satisfies Readonly<Record<Login['kind'], readonly OptionKey[]>>

const hints = {
  basic: '--username and --pass-file (ABIQUO_API_USERNAME and ABIQUO_API_PASSWORD_FILE)',
  bearer: '--bearer-file (ABIQUO_API_BEARER_FILE)',
  oauth: '--oauth-file (ABIQUO_API_APP_KEY and its like)',
} as const

/**
 * The log-in. Flags count as a group: one of them puts all variables aside, so that a user of one place is never tried
 * with the password of another. Of variables the environment decides on the way to log in; the env file may add to it.
 * @param kinds the ways that are taken; settings of others are not looked at
 * @throws Failure with the exit code of bad settings, without any secret in it
 */
export function readLogin<Kind extends Login['kind'] = Login['kind']>(
  reading: Reading,
  kinds: readonly Kind[],
): Extract<Login, { kind: Kind }>
export function readLogin(reading: Reading, kinds: readonly Login['kind'][]): Login {
  const giving = reading.sources.all.filter((source) => kinds.some((kind) => given(source, kind) !== null))
  const [first] = giving
  if (first === undefined) {
    const misled = reading.sources.find('userFilter') === null ? '' : '--user chooses events here: '
    throw badSetting('No log-in is given', `${misled}set ${kinds.map((kind) => hints[kind]).join(' or ')}`)
  }
  const kind = onlyKind(first, kinds)
  const counted = giving.filter((source) => source === first || joins(source, kind, kinds, first))
  const why = counted.length === giving.length ? '' : ` (${asideOf(first)})`
  switch (kind) {
    case 'basic':
      return readBasic(counted, reading, why)
    case 'bearer':
      return readBearer(counted, reading)
    case 'oauth':
      return readOauth(counted, reading, why)
  }
}

/** The one way that a place gives; two of them are a mistake that no order of precedence should hide. */
function onlyKind(source: Source, kinds: readonly Login['kind'][]): Login['kind'] {
  const found = kinds.flatMap((kind) => {
    const where = given(source, kind)?.where
    return where === undefined ? [] : [{ kind, where }]
  })
  const [one, other] = found
  if (one === undefined) throw new RangeError('The place gives no log-in')
  if (other === undefined) return one.kind
  throw badSetting(`Two log-ins are given, ${one.where} and ${other.where}`, 'keep one')
}

/** Whether a weaker place may complete the log-in of a stronger one. */
function joins(source: Source, kind: Login['kind'], kinds: readonly Login['kind'][], first: Source): boolean {
  if (first.kind === 'flags') return false
  return kinds.every((other) => other === kind || given(source, other) === null)
}

function asideOf(first: Source): string {
  return first.kind === 'flags'
    ? 'log-in flags put the log-in variables aside'
    : 'the log-in of the environment puts that of the env file aside'
}

function given(source: Source, kind: Login['kind']): Given | null {
  for (const key of keysOf[kind]) {
    const found = source.get(key) ?? source.getFile(key)
    if (found !== null) return found
  }
  return null
}
