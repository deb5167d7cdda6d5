import { cp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { publishedManifest, type SourceManifest } from './manifest.ts'

const root = join(import.meta.dir, '../..')

/** The packages, from the bottom up. */
export const packageNames = ['api', 'stream', 'tokens'] as const

/**
 * Builds each package as a folder that is ready to publish: JavaScript and declarations of what its index reaches (so
 * no tests and nothing of testing/), package.json, README.md and LICENSE. The compiler sees the types of the oldest
 * Node that is supported: what that lacks is an error.
 *
 * @param out folder that gets one folder for each package; what is in it is removed first
 * @returns the folders
 * @throws Error with the compiler's words where the sources don't compile
 */
export async function buildPackages(out: string): Promise<string[]> {
  await rm(out, { recursive: true, force: true })
  const manifests = await Promise.all(packageNames.map(readManifest))
  const versions = new Map(manifests.map(({ name, version }) => [name, version]))
  for (const [index, name] of packageNames.entries()) {
    const manifest = manifests[index]
    if (manifest === undefined) continue
    await compile(name, out)
    const text = `${JSON.stringify(publishedManifest(manifest, versions), null, 2)}\n`
    await Bun.write(join(out, name, 'package.json'), text)
    await cp(join(root, 'packages', name, 'README.md'), join(out, name, 'README.md'))
    await cp(join(root, 'LICENSE'), join(out, name, 'LICENSE'))
  }
  return packageNames.map((name) => join(out, name))
}

/** The command that runs the TypeScript compiler. */
export function compiler(...args: readonly string[]): string[] {
  const manifest = Bun.resolveSync('typescript/package.json', root)
  return [process.execPath, join(dirname(manifest), 'bin/tsc'), ...args]
}

/** Declarations name the emitted files: the compiler rewrites the specifiers of JavaScript only. */
export function withoutTsSpecifiers(declarations: string): string {
  return declarations.replace(/(\b(?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]*)\.ts(?=['"])/g, '$1.js')
}

/** Compiles one package against the declarations of those below it, as they are published. */
async function compile(name: string, out: string): Promise<void> {
  const source = join(root, 'packages', name)
  const project = join(out, `${name}.tsconfig.json`)
  const settings = {
    extends: join(root, 'scripts/build/packages.tsconfig.json'),
    compilerOptions: {
      rootDir: source,
      outDir: join(out, name),
      paths: { '@novnc-tokens/*': [join(out, '*/index.d.ts')] },
    },
    files: [join(source, 'index.ts')],
  }
  await Bun.write(project, JSON.stringify(settings))
  const child = Bun.spawn(compiler('--project', project, '--pretty', 'false'), {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const output = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`packages/${name} does not compile for Node:\n${output.trimEnd()}`)
  await rm(project)
  for await (const path of new Bun.Glob('**/*.d.ts').scan({ cwd: join(out, name) })) {
    const file = Bun.file(join(out, name, path))
    await Bun.write(file, withoutTsSpecifiers(await file.text()))
  }
}

async function readManifest(name: string): Promise<SourceManifest> {
  return await Bun.file(join(root, 'packages', name, 'package.json')).json()
}
