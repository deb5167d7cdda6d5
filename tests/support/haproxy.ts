import { connect } from 'node:net'
import { program } from './packages.ts'
import { freePort } from './ports.ts'
import { start } from './process.ts'
import { tempFolder } from './temp.ts'
import { waitFor } from './wait.ts'

/** A host of consoles as a balancer knows it; all ports are on 127.0.0.1. */
export interface BalancedHost {
  /** Port of its websockify. */
  readonly websockify: number
  /** Port of its daemon's health answers. */
  readonly health: number
}

/**
 * How the balancer asks for health: `plain` is `option httpchk GET /readyz`, an HTTP/1.0 request without a Host;
 * `send-and-connect` asks by HTTP/1.1 and then wants websockify's port to take connections too.
 */
export type CheckStyle = 'plain' | 'send-and-connect'

/** What the balancer thinks of its host. */
export interface HostState {
  /** Such as `UP` and `DOWN`. */
  readonly status: string
  /** Outcome of the last check, such as `L7OK 200`, `L7STS 503` and `L4CON` with what HAProxy says about it. */
  readonly check: string
}

/** A real HAProxy before one host. */
export interface Balancer extends AsyncDisposable {
  /** Port on 127.0.0.1 that clients open consoles at. */
  readonly port: number
  state(): Promise<HostState>
  /** Makes it take the host for down, so that only a check from now on can take it in again. */
  doubt(): Promise<void>
}

/** Starts Debian's HAProxy with a check every 100 ms. */
export async function startHaproxy(host: BalancedHost, style: CheckStyle): Promise<Balancer> {
  const folder = tempFolder()
  const port = await freePort()
  const socket = folder.file('stats')
  const config = await folder.write('haproxy.cfg', configuration({ ...host, port, socket, style }))
  const child = start([program('haproxy'), '-db', '-f', config])
  const end = async (): Promise<void> => {
    await child.stop()
    await folder[Symbol.asyncDispose]()
  }
  try {
    // In the foreground it says nothing when all is well.
    await waitFor('HAProxy to answer', () => ask(socket, 'show stat'), {
      unless: () => child.ended() && `it ended: ${child.stderr()}`,
    })
  } catch (error) {
    await end()
    throw error
  }
  return {
    port,
    state: async () => parseState(await ask(socket, 'show stat')),
    async doubt() {
      const answer = await ask(socket, 'set server consoles/host health down')
      if (answer.trim() !== '') throw new Error(`HAProxy refused: ${answer}`)
    },
    [Symbol.asyncDispose]: end,
  }
}

interface Settings extends BalancedHost {
  readonly port: number
  readonly socket: string
  readonly style: CheckStyle
}

function configuration({ port, socket, style, websockify, health }: Settings): string {
  const checks = {
    plain: ['option httpchk GET /readyz'],
    'send-and-connect': [
      'option httpchk',
      `http-check connect port ${health}`,
      'http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host consoles.example.com',
      'http-check expect status 200',
      `http-check connect port ${websockify}`,
    ],
  }
  return `
global
  stats socket ${socket} level admin

defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h

listen consoles
  bind 127.0.0.1:${port}
  ${checks[style].join('\n  ')}
  default-server inter 100ms fall 2 rise 1
  server host 127.0.0.1:${websockify} check port ${health}
`
}

function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const connection = connect(socket, () => connection.write(`${command}\n`))
    connection.setEncoding('utf8')
    connection.on('data', (text) => {
      answer += text
    })
    connection.on('end', () => resolve(answer))
    connection.on('error', reject)
  })
}

/** Reads the row of our server in HAProxy's table, a CSV whose first line names the columns. */
function parseState(csv: string): HostState {
  const [names = [], ...rows] = csv.split('\n').map((line) => line.split(','))
  const row = rows.find((cells) => cells[1] === 'host') ?? []
  const cell = (name: string): string => row[names.indexOf(name)] ?? ''
  const check = [cell('check_status'), cell('check_code'), cell('check_desc'), cell('last_chk')]
  return { status: cell('status'), check: check.filter((part) => part !== '').join(' ') }
}
