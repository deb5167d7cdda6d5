/** What the build command was asked for. */
export type BuildRequest =
  | { readonly kind: 'help' }
  | { readonly kind: 'binary'; readonly target: string | null }
  | { readonly kind: 'packages' }
  | { readonly kind: 'usage'; readonly problem: string }

/** Reads the arguments of the build command. */
export function readBuildArguments(args: readonly string[]): BuildRequest {
  const known = ['--help', '-h', '--packages']
  const unknown = args.find((arg) => arg.startsWith('-') && !known.includes(arg) && !/^--target=./.test(arg))
  if (unknown !== undefined) {
    const hint = unknown.startsWith('--pack') ? ': did you mean --packages?' : ''
    return { kind: 'usage', problem: `Unknown flag ${unknown}${hint}` }
  }
  if (args.includes('--help') || args.includes('-h')) return { kind: 'help' }
  const targets = args.filter((arg) => arg !== '--packages').map((arg) => arg.replace(/^--target=/, ''))
  const [target = null] = targets
  if (targets.length > 1)
    return { kind: 'usage', problem: `Several targets: ${targets.join(' ')}; build one at a time` }
  if (!args.includes('--packages')) return { kind: 'binary', target }
  if (target === null) return { kind: 'packages' }
  return { kind: 'usage', problem: `Packages run on any machine: leave out the target ${target}` }
}

/** The help of the build command. */
export const usage = `Usage: bun run build [TARGET]
       bun run build --packages

Builds dist/novnc-tokens, the program as one file; or each package as a folder of dist/packages, ready to publish.

  TARGET      machine that the program is for, such as bun-linux-arm64 (this machine)
  --packages  the packages as JavaScript and declarations, for Node and Bun
  -h, --help  show this

Exit codes: 0 built, 1 not built, 2 bad usage.`
