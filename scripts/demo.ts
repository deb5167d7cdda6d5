#!/usr/bin/env bun
/**
 * Shows the daemon at work on a mock platform. It runs on a machine that has only Bun, before anything is installed, so
 * it imports nothing but what Bun and Node have.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const bun = process.execPath
const root = join(import.meta.dir, '..')
const rounds = 10
/** Between two changes, so that a person can follow. */
const paceMs = 800
const patienceMs = 15_000

const usage = `Usage: bun run demo [--stay]

Starts a mock platform and the daemon, deploys and undeploys VMs for some 20 seconds, and shows each token come and go.

  --stay   keep both running afterwards, until Ctrl-C
`

interface Vm {
  readonly name: string
  readonly id: number
  readonly ip: string | null
  readonly port: number
}

async function demo(stay: boolean): Promise<void> {
  await install()
  const folder = await mkdtemp(join(tmpdir(), 'novnc-tokens-demo-'))
  const file = join(folder, 'config.vnc')
  await using platform = await startPlatform()
  const health = `127.0.0.1:${await freePort()}`
  await using _daemon = await startDaemon(platform.apiUrl, folder, file, health)
  const began = performance.now()
  await until(async () => (await linesOf(file)).size > 0)
  console.log(`\nThe first list: ${(await linesOf(file)).size} tokens after ${since(began)}\n`)
  console.log(`  token file    ${file}`)
  console.log(`  health page   http://${health}/\n`)
  const delays = await show(platform.control, file)
  const sorted = delays.toSorted((a, b) => a - b)
  const median = sorted[sorted.length >> 1] ?? 0
  const worst = sorted.at(-1) ?? 0
  console.log(`\n${delays.length} changes, each in the file after ${ms(median)} (median), ${ms(worst)} (the slowest).`)
  if (stay) {
    console.log(`\nBoth keep running. The platform's API is ${platform.apiUrl}; Ctrl-C ends all.`)
    await new Promise<void>((resolve) => process.once('SIGINT', resolve))
  }
  await rm(folder, { recursive: true })
}

/** Deploys and undeploys, and measures how long each token takes to come and go. */
async function show(control: string, file: string): Promise<number[]> {
  const delays: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (const action of ['deploy', 'undeploy'] as const) {
      const before = action === 'undeploy' ? await deployedVm(control, file) : null
      const began = performance.now()
      const vm = await act(control, action, before === null ? {} : { id: before.id })
      const address = `${(before ?? vm).ip}:${(before ?? vm).port}`
      const token = createHash('md5').update(address).digest('hex')
      await until(async () => (await linesOf(file)).has(token) === (action === 'deploy'))
      const delay = performance.now() - began
      delays.push(delay)
      const sign = action === 'deploy' ? '+' : '-'
      console.log(`${sign} ${token}  ${address.padEnd(17)}  ${vm.name} ${action}ed   ${ms(delay).padStart(8)}`)
      await Bun.sleep(paceMs)
    }
  }
  return delays
}

/** Some VM whose token nobody else holds, so that it goes with the VM. */
async function deployedVm(control: string, file: string): Promise<Vm> {
  const vms = await request<Vm[]>(`${control}/vms`)
  const count = new Map<string, number>()
  for (const { ip, port } of vms) count.set(`${ip}:${port}`, (count.get(`${ip}:${port}`) ?? 0) + 1)
  const lines = await linesOf(file)
  const held = vms.filter(({ ip, port }) => count.get(`${ip}:${port}`) === 1 && lines.has(md5(`${ip}:${port}`)))
  const vm = held[Math.floor(Math.random() * held.length)]
  if (vm === undefined) throw new Error('The mock platform has no VM to undeploy')
  return vm
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

async function act(control: string, action: string, body: object): Promise<Vm> {
  return await request<Vm>(`${control}/${action}`, body)
}

async function request<T>(url: string, body: object = {}): Promise<T> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return (await response.json()) as T
}

async function linesOf(file: string): Promise<ReadonlySet<string>> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return new Set(
    text
      .split('\n')
      .map((line) => line.slice(0, 32))
      .filter((token) => token !== ''),
  )
}

async function install(): Promise<void> {
  const child = Bun.spawn([bun, 'install', '--frozen-lockfile'], { cwd: root, stdout: 'ignore', stderr: 'pipe' })
  const complaint = await new Response(child.stderr).text()
  if ((await child.exited) !== 0) throw new Error(`Cannot install the dependencies:\n${complaint}`)
}

async function startPlatform() {
  const command = [bun, 'tests/mock-abiquo/main.ts', '--vms', '200', '--port', '0']
  const child = Bun.spawn(command, { cwd: root, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' })
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('\n')) break
  }
  const { apiUrl, control } = JSON.parse(text) as { apiUrl: string; control: string }
  return { apiUrl, control, [Symbol.asyncDispose]: () => end(child) }
}

async function startDaemon(api: string, folder: string, file: string, listen: string) {
  const password = join(folder, 'password')
  await writeFile(password, 'xabiquo\n', { mode: 0o600 })
  const flags = ['-a', api, '-u', 'admin', '--pass-file', password, '-f', file, '--listen', listen]
  const command = [bun, 'scripts/run.ts', ...flags, '--log-level', 'warn']
  const child = Bun.spawn(command, { cwd: root, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' })
  return { [Symbol.asyncDispose]: () => end(child) }
}

async function end(child: Bun.Subprocess): Promise<void> {
  child.kill('SIGTERM')
  await child.exited
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Nothing came of it within ${patienceMs / 1000} s`)
    await Bun.sleep(1)
  }
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}

function since(began: number): string {
  return ms(performance.now() - began)
}

if (import.meta.main) {
  const [argument, ...others] = process.argv.slice(2)
  if (argument === '--help' || argument === '-h') console.log(usage)
  else if (others.length > 0 || (argument !== undefined && argument !== '--stay')) {
    console.error(`demo: unknown argument "${[argument, ...others].join(' ')}"\n\n${usage}`)
    process.exitCode = 2
  } else await demo(argument === '--stay')
}
