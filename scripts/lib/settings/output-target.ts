/** Somewhere the tokens are written to. */
export interface OutputTarget {
  kind: 'file'
  /** Absolute. */
  path: string
}

/**
 * The value of `--output`: `file:PATH` or a plain path. What follows `file:` is taken as it stands, since a URL parser
 * makes `/rel/x` of `file:rel/x`.
 * @throws RangeError for any other scheme
 */
export function parseOutputTarget(text: string, resolvePath: (path: string) => string): OutputTarget {
  if (text === '-') throw new RangeError('"-" is no output; --file - of regen writes to stdout')
  // Two letters at least: `C:` is a drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]
  if (scheme === undefined) return fileTarget(text, resolvePath)
  if (scheme.toLowerCase() === 'file') return fileTarget(text.slice('file:'.length), resolvePath)
  throw new RangeError(
    `"${scheme}:" is not a known kind of output: known are file:PATH and a plain path ` +
      `(./${scheme}:... for a file of that name)`,
  )
}

/**
 * The value of `--file`: a path, taken as it stands.
 * @throws RangeError for a URL or an unusable path
 */
export function parseFileTarget(text: string, resolvePath: (path: string) => string): OutputTarget {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]
  if (scheme !== undefined) throw new RangeError(`a path is wanted, "${scheme}://" begins a URL: see --output`)
  return fileTarget(text, resolvePath)
}

function fileTarget(path: string, resolvePath: (path: string) => string): OutputTarget {
  if (path === '') throw new RangeError('the path is empty')
  if (path.includes('\0')) throw new RangeError('the path holds a NUL character')
  return { kind: 'file', path: resolvePath(path) }
}
