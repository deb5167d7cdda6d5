#!/usr/bin/env bun
/** Builds the binary: one file that holds the program and its runtime. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../package.json'

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

if (import.meta.main) {
  const [target = null] = process.argv.slice(2).map((argument) => argument.replace(/^--target=/, ''))
  await build(target)
  console.log(binaryPath)
}
