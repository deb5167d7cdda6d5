/** What the test command was asked for. */
export interface Request {
  readonly help: boolean
  /** Whether Debian packages may be installed. */
  readonly install: boolean
  /** Parts of the paths of the test files to run; all checks and all tests when empty. */
  readonly patterns: readonly string[]
  /** The flag that is unknown, or null. */
  readonly unknown: string | null
}

/** Reads the arguments of the test command. */
export function readArguments(args: readonly string[]): Request {
  const flags = args.filter((arg) => arg.startsWith('-'))
  const known = ['--help', '-h', '--install']
  return {
    help: flags.includes('--help') || flags.includes('-h'),
    install: flags.includes('--install'),
    patterns: args.filter((arg) => !arg.startsWith('-')),
    unknown: flags.find((flag) => !known.includes(flag)) ?? null,
  }
}

/** The help of the test command. */
export const usage = `Usage: bun run test [--install] [PATTERN...]

Sets the checkout up, then: types, lint and format, checks of the house, build of the binary, unit and
whole-system tests, the packages as others use them (with npm, on Node 20 or later, and on Bun), end-to-end
tests with real websockify, noVNC, Xvnc, Chromium and HAProxy.

  PATTERN     run only the test files whose path has it in it, and no checks
  --install   install the Debian packages that end-to-end tests need (as root); without it, the tests whose
              packages are missing are skipped, which is said. Under CI=true it installs and skips nothing
  -h, --help  show this

Exit codes: 0 all passed, 1 something failed, 2 unknown flag. The last line is "N passed, N failed".`
