import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A text file of a checkout. */
export interface SourceFile {
  /** Path from the top of the checkout. */
  readonly path: string
  readonly text: string
}

/**
 * The text files of a checkout that are tracked by git or would be: those that .gitignore leaves out are not here. A
 * folder that git knows nothing about is read whole, but for what is installed or built.
 *
 * @param root top of the checkout
 * @param wanted says which paths to read. @default all
 */
export async function readFiles(root: string, wanted: (path: string) => boolean = () => true): Promise<SourceFile[]> {
  const paths = ((await trackedPaths(root)) ?? (await allPaths(root))).filter(wanted).sort()
  const files = paths.map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() }))
  return (await Promise.all(files)).filter(({ text }) => !text.includes('\0'))
}

/** Whether a path is TypeScript that is no test. */
export function isProgram(path: string): boolean {
  return path.endsWith('.ts') && !path.endsWith('.test.ts')
}

async function trackedPaths(root: string): Promise<string[] | null> {
  const git = Bun.which('git')
  // A machine that only tests has the clone and may lack git.
  if (git === null || !existsSync(join(root, '.git'))) return null
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const child = Bun.spawn([git, ...list], { cwd: root, stderr: 'ignore' })
  const output = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) return null
  return output.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
}

async function allPaths(root: string): Promise<string[]> {
  const paths = await Array.fromAsync(new Bun.Glob('**').scan({ cwd: root, dot: true }))
  return paths.filter((path) => !/(^|\/)(?:(?:node_modules|\.git|dist|coverage)\/|\.env$)/.test(path))
}
