#!/usr/bin/env bun
/** Builds the binary: one file that holds the program and its runtime; with --packages, the packages for others to use. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../package.json'
import { readBuildArguments, usage } from './build/command-line.ts'
import { buildPackages } from './build/packages.ts'

const root = join(import.meta.dir, '..')

/** Where the binary is built to. */
export const binaryPath = join(root, 'dist/novnc-tokens')

/** Builds the binary for this machine, or for another with a target such as `bun-linux-arm64`. */
export async function build(target: string | null): Promise<void> {
  await mkdir(join(root, 'dist'), { recursive: true })
  const flags = [
    '--compile',
    '--production',
    '--bytecode',
    '--format=esm',
    '--sourcemap',
    // Else files of the working directory would run code or change settings inside the binary.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--define',
    `BUILD_VERSION=${JSON.stringify(version)}`,
    ...(target === null ? [] : [`--target=${target}`]),
  ]
  const entry = join(root, 'scripts/novnc-tokens.ts')
  const child = Bun.spawn([process.execPath, 'build', ...flags, entry, '--outfile', binaryPath], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const output = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`The build failed:\n${output}`)
}

async function main(args: readonly string[]): Promise<void> {
  const request = readBuildArguments(args)
  switch (request.kind) {
    case 'help':
      return console.log(usage)
    case 'usage':
      process.exitCode = 2
      return console.error(`${request.problem}\n\n${usage}`)
    case 'packages':
      return console.log((await buildPackages(join(root, 'dist/packages'))).join('\n'))
    case 'binary':
      await build(request.target)
      return console.log(binaryPath)
  }
}

if (import.meta.main) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
