import { type Authorization, basic, bearer, messageOf, oauth1 } from '@novnc-tokens/api'
import type { Logger } from './log/log.ts'
import type { Secrets } from './log/secrets.ts'
import type { BearerLogin, Login } from './settings/login/login.ts'

/** Where an authorization tells of what it learns while it is used. */
export interface Confidants {
  secrets: Pick<Secrets, 'keepForNow'>
  logger: Pick<Logger, 'warn'>
}

/** The log-in of the settings, as a connection takes it. Tokens that it gets later are kept out of the log too. */
export function authorizationOf(login: Login, confidants: Confidants): Authorization {
  switch (login.kind) {
    case 'basic':
      return tellingTokens(basic(login.username, login.password.reveal()), confidants)
    case 'bearer':
      return bearer(tokenReader(login, confidants))
    case 'oauth':
      return oauth1({
        consumerKey: login.appKey,
        consumerSecret: login.appSecret.reveal(),
        token: login.token.reveal(),
        tokenSecret: login.tokenSecret.reveal(),
      })
  }
}

/** Reads a Bearer token again each time; where it cannot be read, the last one is used on, which is warned about once. */
export function tokenReader(login: BearerLogin, { secrets, logger }: Confidants): () => string {
  let token = login.token.reveal()
  let failed = false
  return () => {
    try {
      if (login.reread !== null) token = login.reread().reveal()
      failed = false
    } catch (error) {
      if (!failed) logger.warn(`${messageOf(error)}; the token that was read before is used on`)
      failed = true
    }
    secrets.keepForNow(token)
    return token
  }
}

/** Where the platform takes Basic for the log-in only, its answer has a token that all else is asked with. */
function tellingTokens(authorization: Authorization, { secrets }: Confidants): Authorization {
  const { loggedIn } = authorization
  authorization.loggedIn = (headers) => {
    const token = headers.get('x-abiquo-token') ?? ''
    if (token !== '') secrets.keepForNow(token)
    loggedIn?.call(authorization, headers)
  }
  return authorization
}
