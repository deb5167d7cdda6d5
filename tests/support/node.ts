/** The oldest Node that the packages run on: what their package.json names under `engines`. */
const oldest = [20, 12] as const

/** What `process.versions` of a runtime tells, as far as it matters here. */
export interface Versions {
  readonly node?: string
  readonly bun?: string
}

/**
 * What keeps the packages from being tried on Node here; null where there is a Node and an npm that will do.
 *
 * @param which finds a program on the PATH
 * @param versions what the Node on the PATH tells
 */
export function nodeProblem(
  which: (name: string) => string | null = Bun.which,
  versions: () => Versions = nodeVersions,
): string | null {
  for (const name of ['node', 'npm']) if (which(name) === null) return `there is no ${name} on the PATH`
  const { node, bun } = versions()
  if (node === undefined || bun !== undefined) return 'node on the PATH is no Node'
  const [major = 0, minor = 0] = node.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return null
  return `node on the PATH is ${node}, and the packages need ${oldest.join('.')} or later`
}

/** Version of the Node on the PATH. */
export function nodeVersion(): string {
  return nodeVersions().node ?? 'unknown'
}

function nodeVersions(): Versions {
  const child = Bun.spawnSync(['node', '-p', 'JSON.stringify(process.versions)'], { stderr: 'ignore' })
  return child.success ? JSON.parse(child.stdout.toString()) : {}
}
