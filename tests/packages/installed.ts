import { join } from 'node:path'
import manifest from '../../package.json'
import { buildPackages } from '../../scripts/build/packages.ts'
import { run } from '../support/process.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'

/** A folder in which the packed packages are installed, as somebody else would. */
export interface Installed extends AsyncDisposable {
  readonly folder: TempFolder
  /** Where a package was installed to. */
  packageFolder(name: string): string
}

/**
 * Builds and packs all packages, and installs them in an empty folder, with the types of Node for those who write
 * TypeScript. Their own dependencies come from the registry that npm is set up with.
 */
export async function installPackages(): Promise<Installed> {
  const folder = tempFolder()
  try {
    const built = await buildPackages(folder.file('built'))
    await folder.write('package.json', JSON.stringify({ private: true, type: 'module' }))
    const packed = await npm(folder.path, ['pack', '--json', ...built])
    const tarballs = filesOf(JSON.parse(packed)).map((name) => folder.file(name))
    const types = manifest.devDependencies['@node-20/node'].replace(/^npm:/, '')
    await npm(folder.path, ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs, types])
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
  return {
    folder,
    packageFolder: (name) => join(folder.path, 'node_modules/@novnc-tokens', name),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

function filesOf(packed: readonly { readonly filename: string }[]): string[] {
  return packed.map(({ filename }) => filename)
}

async function npm(cwd: string, args: readonly string[]): Promise<string> {
  // Which registry there is, and how it is reached, may be said by any variable.
  const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, value = '']) => [[name, value]]))
  const { code, stdout, stderr } = await run(['npm', ...args], { cwd, env, withinMs: 100_000 })
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${stderr}${stdout}`)
  return stdout
}
