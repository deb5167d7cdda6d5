/** What package.json of a package holds, as far as a published one takes it over. */
export interface SourceManifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly type: 'module'
  readonly sideEffects: false
  readonly engines: Readonly<Record<string, string>>
  /** Each entry point and its source. */
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Package.json of a published package. */
export interface PublishedManifest extends Omit<SourceManifest, 'exports'> {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  readonly files: readonly string[]
  readonly dependencies: Readonly<Record<string, string>>
}

/**
 * Makes package.json of a published package: its entry points are what the compiler makes of the sources, and each
 * dependency has an exact version.
 *
 * @param source package.json of the package in the checkout
 * @param versions the version of each package of the checkout, by name
 * @throws Error where a field is missing, or a dependency is a range or of no known package
 */
export function publishedManifest(source: SourceManifest, versions: ReadonlyMap<string, string>): PublishedManifest {
  const { name, version, description, license, type, sideEffects, engines } = source
  for (const [field, value] of Object.entries({ name, version, description, license, type, sideEffects, engines })) {
    if (value === undefined) throw new Error(`package.json of "${name}" lacks "${field}"`)
  }
  const exports = Object.entries(source.exports).map(([entry, path]) => {
    if (!path.endsWith('.ts')) throw new Error(`"${name}" exports "${path}", which is no TypeScript`)
    return [entry, { types: path.replace(/\.ts$/, '.d.ts'), default: path.replace(/\.ts$/, '.js') }] as const
  })
  const dependencies = Object.entries(source.dependencies ?? {}).map(([other, wanted]) => {
    const exact = wanted === 'workspace:*' ? versions.get(other) : wanted
    if (exact === undefined) throw new Error(`"${name}" depends on "${other}", which is no package of this checkout`)
    if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(exact))
      throw new Error(`"${name}" depends on "${other}" as "${exact}": give the exact version`)
    return [other, exact] as const
  })
  return {
    name,
    version,
    description,
    license,
    type,
    sideEffects,
    engines,
    exports: Object.fromEntries(exports),
    files: ['**/*.js', '**/*.d.ts'],
    dependencies: Object.fromEntries(dependencies),
  }
}
