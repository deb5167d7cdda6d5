import { ApiError } from '../errors.ts'
import { BodyError } from '../notation/collection.ts'

/** Runs a parser on a body; an {@link ApiError} says which request gave it when it cannot be read. */
export function parseAnswer<T>(url: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    const code = error.kind === 'foreign' ? 'not-abiquo' : 'malformed'
    const hint = error.kind === 'foreign' ? ': is a proxy or a log-in page in the way?' : ''
    throw new ApiError(code, `The answer to GET "${url}" ${error.message}${hint}`, { url, cause: error })
  }
}
