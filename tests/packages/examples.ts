import { join } from 'node:path'
import { packageNames } from '../../scripts/build/packages.ts'
import { type Block, blocksOf } from '../../scripts/check/examples/blocks.ts'
import { churn, startMock } from '../mock-abiquo/index.ts'
import { type Finished, run } from '../support/process.ts'
import type { TempFolder } from '../support/temp.ts'

const root = join(import.meta.dir, '../..')

/** Host, folder, user and password that the examples name. */
const host = 'https://abiquo.example.com'
const websockify = '/opt/websockify'
const login = { username: 'admin', password: 'secret' }

/** The programs in JavaScript of the packages' READMEs: each is to be run as it stands. */
export async function programs(): Promise<Block[]> {
  const pages = packageNames.map((name) => `packages/${name}/README.md`)
  const blocks = await Promise.all(
    pages.map(async (path) => blocksOf({ path, text: await Bun.file(join(root, path)).text() })),
  )
  return blocks.flat().filter(({ language }) => language === 'js')
}

/**
 * Runs a program against a mock platform in which VMs come and go meanwhile, and gives what became of it.
 *
 * @param folder where the packages are installed
 * @param runtime the command that runs a file
 */
export async function runProgram(folder: TempFolder, { file, line, code }: Block, runtime: string): Promise<Finished> {
  await using mock = await startMock({ ...login, vms: 40, enterprises: 3 })
  const name = `${file}-${line}-${runtime}`.replace(/\W+/g, '-')
  const here = code.replaceAll(host, mock.origin).replaceAll(websockify, folder.file(name))
  const path = await folder.write(join(name, 'example.mjs'), here)
  const endChurn = churn(mock.platform, 20)
  try {
    const command = runtime === 'bun' ? process.execPath : runtime
    return await run([command, path], { cwd: folder.file(name), withinMs: 30_000 })
  } finally {
    endChurn()
  }
}
