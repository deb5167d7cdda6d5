import type { Mock } from '../mock-abiquo/index.ts'

/** Those of the secrets that a text has, as such or in a form in which a request carries them. */
export function secretsIn(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)))
}

/** The tokens that a mock gives at log-ins from now on, as they come to be. */
export function tokensOf({ accounts }: Mock): readonly string[] {
  const tokens: string[] = []
  const issue = accounts.issueToken.bind(accounts)
  accounts.issueToken = (username) => {
    const token = issue(username)
    tokens.push(token)
    return token
  }
  return tokens
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, encodeURIComponent(secret), json, Buffer.from(`admin:${secret}`).toString('base64')]
}
