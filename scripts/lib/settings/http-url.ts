/**
 * A base URL in its normal form, without a slash at its end.
 * The messages repeat the text only where it can't hold a password.
 * @throws RangeError unless it is an absolute http or https URL without user, password, query and fragment
 */
export function parseHttpUrl(text: string): string {
  if (text.includes('@')) {
    throw new RangeError('a URL with a user name or password is refused: they have flags and variables of their own')
  }
  if (/[?#]/.test(text)) throw new RangeError('a URL with a query (?) or fragment (#) is refused')
  if (!/^https?:\/\/[^/]/i.test(text) || /[\s\\\u0000-\u001f\u007f]/.test(text) || !URL.canParse(text)) {
    throw new RangeError(`"${text}" is not a URL such as https://abiquo.example.com/api`)
  }
  return new URL(text).href.replace(/\/+$/, '')
}

/** Whether a URL of {@link parseHttpUrl} ends after its host. */
export function hasNoPath(url: string): boolean {
  return new URL(url).pathname === '/'
}
