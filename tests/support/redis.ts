import { program } from './packages.ts'
import { freePort } from './ports.ts'
import { type Child, run, start } from './process.ts'
import { type TempFolder, tempFolder } from './temp.ts'
import { waitFor } from './wait.ts'

/** Options of {@link startRedis}. */
export interface RedisOptions {
  /** Port to listen on, for a server that comes back. @default a free one */
  readonly port?: number
  /** Folder with what an earlier server saved. @default one of its own, empty */
  readonly folder?: TempFolder
  /** Password of its default user. @default none is needed */
  readonly password?: string
  /** Port of the master that it copies. @default it is a master itself */
  readonly master?: number
  /** More of what its configuration takes, as arguments. */
  readonly flags?: readonly string[]
}

/** A real redis-server on 127.0.0.1. */
export interface Redis extends AsyncDisposable {
  readonly port: number
  readonly child: Child
  /** Its URL, database 0. */
  readonly url: string
  /** Sends a command by redis-cli; gives the raw answer, a line for each of its parts. */
  cli(...command: string[]): Promise<string>
  /** All keys of a database with their values, but for those that stand beside the tokens, sorted. */
  keys(database?: number): Promise<Record<string, string>>
  /** Writes down every command from now on, as MONITOR tells them. */
  monitor(): Promise<Child>
  /** Ends it at once, as a machine that loses its power does. */
  kill(): Promise<void>
}

/** Starts Debian's redis-server, which saves nothing by itself, and waits until it takes connections. */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const { port = await freePort(), password, master, flags = [] } = options
  const folder = options.folder ?? tempFolder()
  const auth = password === undefined ? [] : ['--requirepass', password, '--masterauth', password]
  const copy = master === undefined ? [] : ['--replicaof', '127.0.0.1', String(master)]
  // A replica begins at once, instead of waiting for others to begin with it.
  const quick = ['--repl-diskless-sync-delay', '0']
  const common = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder.path, ...quick]
  const child = start([program('redis'), '--port', String(port), ...common, ...auth, ...copy, ...flags])
  const client = [
    program('redisCli'),
    '-p',
    String(port),
    ...(password === undefined ? [] : ['--no-auth-warning', '-a', password]),
  ]
  const cli = async (...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run([...client, ...command])
    if (code !== 0) throw new Error(`redis-cli ${command[0]}: ${stderr}${stdout}`)
    return stdout.trimEnd()
  }
  const end = async (): Promise<void> => {
    await child.stop()
    if (options.folder === undefined) await folder[Symbol.asyncDispose]()
  }
  try {
    await child.line('Ready to accept connections')
    if (master !== undefined)
      await waitFor('the copy', async () => (await cli('info', 'replication')).includes('status:up'))
  } catch (error) {
    await end()
    throw error
  }
  return {
    port,
    child,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}/0`,
    cli,
    async keys(database = 0) {
      const script = `
        local found = {}
        for _, key in ipairs(redis.call('keys', '*')) do
          if string.sub(key, 1, 13) ~= 'novnc-tokens:' then found[key] = redis.call('get', key) end
        end
        return cjson.encode(found)`
      const found: unknown = JSON.parse(await cli('-n', String(database), 'eval', script, '0'))
      return Object.fromEntries(Object.entries(found ?? {}).sort(([one], [other]) => (one < other ? -1 : 1)))
    },
    async monitor() {
      const monitor = start([...client, 'monitor'])
      await monitor.line('OK')
      return monitor
    },
    async kill() {
      child.signal('SIGKILL')
      await child.exited
    },
    [Symbol.asyncDispose]: end,
  }
}

/** A real Sentinel that watches one master by the name of `tokens`. */
export interface Sentinel extends AsyncDisposable {
  readonly port: number
  /** The port of the master as it sees it. */
  master(): Promise<number>
  /** Has it choose another master now. */
  failOver(): Promise<void>
}

/** Starts a Sentinel that alone decides, and waits until it knows the master and its replica. */
export async function startSentinel(master: Redis): Promise<Sentinel> {
  const port = await freePort()
  const folder = tempFolder()
  const config = await folder.write(
    'sentinel.conf',
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder.path}`,
      `sentinel monitor tokens 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds tokens 500',
      'sentinel failover-timeout tokens 2000',
      '',
    ].join('\n'),
  )
  const child = start([program('redis'), config, '--sentinel'])
  const end = async (): Promise<void> => {
    await child.stop()
    await folder[Symbol.asyncDispose]()
  }
  const ask = async (...command: string[]): Promise<string> =>
    (await run([program('redisCli'), '-p', String(port), ...command])).stdout.trimEnd()
  try {
    await waitFor('the Sentinel to know a replica', async () => {
      return (await ask('sentinel', 'replicas', 'tokens')).includes('master-link-status\nok')
    })
  } catch (error) {
    await end()
    throw error
  }
  return {
    port,
    master: async () => Number((await ask('sentinel', 'get-master-addr-by-name', 'tokens')).split('\n')[1]),
    async failOver() {
      const answer = await ask('sentinel', 'failover', 'tokens')
      if (answer !== 'OK') throw new Error(`The Sentinel refused: ${answer}`)
    },
    [Symbol.asyncDispose]: end,
  }
}
