import type { Outcome } from './tally.ts'

/**
 * Counts the tests of a report by `bun test --reporter=junit`. Each file that is not in the report (it could not be
 * loaded, or has no tests) is a failure of its own, and so is a run that failed without a failing test.
 *
 * @param xml text of the report, empty when the runner wrote none
 * @param files paths of the test files that were to run
 * @param exitCode exit code of the runner
 */
export function countReport(xml: string, files: readonly string[], exitCode: number): Outcome {
  const total = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? ''
  const reported = new Set([...xml.matchAll(/<testsuite\b[^>]* file="([^"]*)"/g)].map((match) => match[1]))
  const lacking = files.filter((file) => !reported.has(escaped(file)))
  const skipped = attribute(total, 'skipped')
  const failures = attribute(total, 'failures')
  const passed = attribute(total, 'tests') - failures - skipped
  const failed = failures + lacking.length
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped }
}

function attribute(tag: string, name: string): number {
  return Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)?.[1] ?? 0)
}

function escaped(path: string): string {
  return path.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
