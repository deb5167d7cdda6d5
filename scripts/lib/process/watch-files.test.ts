import { test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../../../tests/support/wait.ts'
import { watchFiles } from './watch-files.ts'

test('a change of a file, its end and its return are told, each once; what was read just now is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'novnc-tokens-watch-'))
  const path = join(folder, 'password')
  writeFileSync(path, 'one')
  let changes = 0
  const watch = watchFiles([path], () => changes++, 1)
  try {
    writeFileSync(path, 'two and more')
    await waitFor('the change', () => changes === 1)
    rmSync(path)
    await waitFor('the end', () => changes === 2)
    writeFileSync(path, 'three')
    await waitFor('the return', () => changes === 3)
    writeFileSync(path, 'four and five')
    watch.read()
    writeFileSync(join(folder, 'other'), 'x')
    rmSync(path)
    await waitFor('the second end', () => changes === 4)
    watch.follow([join(folder, 'other')])
    writeFileSync(path, 'five')
    writeFileSync(join(folder, 'other'), 'y and more')
    await waitFor('the change of another file', () => changes === 5)
  } finally {
    watch[Symbol.dispose]()
    rmSync(folder, { recursive: true })
  }
})
