import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What cannot be left out of an atomic write: a temporary file, its sync, the rename, the folder's sync. */
export async function plainWrite(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w')
  await file.writeFile(content)
  await file.sync()
  await file.close()
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync()
  await folder.close()
}
