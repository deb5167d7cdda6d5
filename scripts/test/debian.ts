import { show } from './children.ts'

/**
 * Installs Debian packages.
 *
 * @throws Error when this is not root, or the packages can't be had
 */
export async function installPackages(names: readonly string[]): Promise<void> {
  const wanted = `apt-get install ${names.join(' ')}`
  if (process.getuid?.() !== 0) throw new Error(`Only root can install packages: run as root, or first: ${wanted}`)
  if (Bun.which('apt-get') === null) throw new Error(`There is no apt-get here; missing: ${names.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  // Another apt may be at work on a machine that just started.
  const patient = ['apt-get', '-o', 'DPkg::Lock::Timeout=300', '-q', '-y']
  if ((await show([...patient, 'update'], env)) !== 0) console.log('The lists of packages are incomplete; trying still')
  const code = await show([...patient, 'install', '--no-install-recommends', ...names], env)
  if (code !== 0) throw new Error(`${wanted} failed with exit code ${code}`)
}
