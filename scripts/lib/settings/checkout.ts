import { join } from 'node:path'

/**
 * The env file that counts when none is named: the `.env` beside package.json of a checkout, null for the compiled binary.
 * Never the working directory's: whoever owns that folder would choose where the password goes.
 */
export function defaultEnvFile(): string | null {
  return Bun.isStandaloneExecutable ? null : join(import.meta.dir, '../../../.env')
}
