import { parseArgs } from 'node:util'
import type { DialectName, MockOptions } from './options.ts'

/** What `--help` prints. */
export const help = `A mock of the Abiquo platform: its API, its event stream, and what happens in it.

Usage: bun tests/mock-abiquo/main.ts [options]

  --vms N               virtual machines (100)
  --enterprises N       enterprises they are spread over (10)
  --hosts-per-rack N    hosts in each rack (10)
  --undeployed SHARE    share of VMs without a console (0.1)
  --pad-bytes N         bytes added to each VM, which is some 5.5 KB without (0)
  --seed N              the same seed gives the same platform (1)
  --port N              TCP port, 0 takes a free one (0)
  --hostname ADDRESS    address to listen on (127.0.0.1)
  --href-base URL       what hrefs begin with (https://unreachable.example:443/api)
  --username NAME       administrator (admin)
  --password TEXT       his password (xabiquo)
  --no-lock-out         three bad log-ins lock nobody
  --basic-restricted    Basic is taken by /login alone
  --token-life MS       how long a token of /login is good (1800000)
  --bearer TEXT         a bearer of the administrator; may be repeated
  --oauth-location URL  the API's address in OAuth signatures (the API's own)
  --clock-skew=MS       the platform's clock is ahead by this, or behind (0)
  --paging HOW          lists of VMs: bare (as on the real platform), links, or off (bare)
  --max-page-size N     no page has more elements, whatever is asked for
  --refuse-limit-zero   limit=0 is answered with 400, as by very old servers
  --dialect NAME        stream of servers since 1.0, 1.1, 2.1 or 2.3 (2.3)
  --event-format NAME   trace (since 4.7) or legacy (trace)
  --event-dates NAME    how /events wants dates: iso or epoch (iso)
  --event-lag MS        an event is in /events late by this (0)
  --event-lag-max MS    late by a random time between the two (0)
  --no-event-ids        events of /events have no id
  --history MS          how far /events reaches back (604800000)
  --history-limit N     events that are remembered at most (500000)
  --no-stream           there is no M: /m/stream is 404
  --stream-life MS      each stream ends after this (0: never)
  --length-prefix       each message of the stream begins with its length
  --heartbeat MS        silence until a heartbeat (60000)
  --delay MS            each answer of the API is late by this (0)
  --rest-lag MS         REST shows each change late by this (0)
  --churn N             VMs deployed or undeployed each second (0)
  --prerender FORMAT    write all lists before the first request: json or xml
  --help                this text

When it is ready it prints one line of JSON: {"apiUrl","streamUrl","control","username"}.
A GET of CONTROL, the value of "control", lists the actions that POST requests with JSON
bodies trigger, one of which adds faults:
  curl CONTROL
  curl -d '{"id":7}' CONTROL/deploy
  curl -d '{"fault":{"kind":"status","status":500},"target":{"page":3}}' CONTROL/faults`

const flags = {
  vms: { type: 'string' },
  enterprises: { type: 'string' },
  'hosts-per-rack': { type: 'string' },
  undeployed: { type: 'string' },
  'pad-bytes': { type: 'string' },
  seed: { type: 'string' },
  port: { type: 'string' },
  hostname: { type: 'string' },
  'href-base': { type: 'string' },
  username: { type: 'string' },
  password: { type: 'string' },
  'no-lock-out': { type: 'boolean' },
  'basic-restricted': { type: 'boolean' },
  'token-life': { type: 'string' },
  bearer: { type: 'string', multiple: true },
  'oauth-location': { type: 'string' },
  'clock-skew': { type: 'string' },
  'max-page-size': { type: 'string' },
  paging: { type: 'string' },
  'refuse-limit-zero': { type: 'boolean' },
  dialect: { type: 'string' },
  'event-format': { type: 'string' },
  'event-dates': { type: 'string' },
  'event-lag': { type: 'string' },
  'event-lag-max': { type: 'string' },
  'no-event-ids': { type: 'boolean' },
  history: { type: 'string' },
  'history-limit': { type: 'string' },
  'no-stream': { type: 'boolean' },
  'stream-life': { type: 'string' },
  'length-prefix': { type: 'boolean' },
  heartbeat: { type: 'string' },
  delay: { type: 'string' },
  'rest-lag': { type: 'string' },
  churn: { type: 'string' },
  prerender: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

type Flags = ReturnType<typeof readFlags>

/** What the command line asks for. */
export interface CommandLine {
  readonly help: boolean
  readonly options: MockOptions
  /** VMs deployed or undeployed each second. */
  readonly churn: number
  readonly prerender: 'json' | 'xml' | null
}

/** Reads the command line; throws on what it does not know. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = readFlags(args)
  return {
    help: values.help === true,
    options: optionsOf(values),
    churn: Number(values.churn ?? 0),
    prerender: oneOf<'json' | 'xml'>('prerender', values.prerender, ['json', 'xml']) ?? null,
  }
}

function readFlags(args: readonly string[]) {
  return parseArgs({ args: [...args], options: flags, strict: true }).values
}

function oneOf<T extends string>(name: keyof Flags, value: unknown, choices: readonly T[]): T | undefined {
  if (value === undefined) return undefined
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined) throw new Error(`--${name} takes ${choices.join(', ')}, not "${value}"`)
  return choice
}

function numbersOf(values: Flags, names: Partial<Record<keyof Flags, keyof MockOptions>>): MockOptions {
  const numbers: Record<string, number> = {}
  for (const [flag, option] of Object.entries(names)) {
    const text = values[flag as keyof Flags]
    if (text === undefined) continue
    const number = Number(text)
    if (text === '' || !(number >= (flag === 'clock-skew' ? Number.NEGATIVE_INFINITY : 0)))
      throw new Error(`--${flag} takes a number, not "${text}"`)
    numbers[option] = number
  }
  return numbers
}

function defined<T extends object>(options: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

function optionsOf(values: Flags): MockOptions {
  const paging = oneOf('paging', values.paging, ['bare', 'links', 'off'])
  return {
    ...numbersOf(values, {
      vms: 'vms',
      enterprises: 'enterprises',
      'hosts-per-rack': 'hostsPerRack',
      undeployed: 'undeployed',
      'pad-bytes': 'padBytes',
      seed: 'seed',
      port: 'port',
      heartbeat: 'heartbeatMs',
      delay: 'delayMs',
      'rest-lag': 'restLagMs',
      'token-life': 'tokenLifeMs',
      'clock-skew': 'clockSkewMs',
      'max-page-size': 'maxPageSize',
      'event-lag': 'eventLagMs',
      'event-lag-max': 'eventLagMaxMs',
      history: 'historyMs',
      'history-limit': 'historyLimit',
      'stream-life': 'streamLifeMs',
    }),
    ...defined<MockOptions>({
      hostname: values.hostname,
      hrefBase: values['href-base'],
      username: values.username,
      password: values.password,
      lockOut: values['no-lock-out'] === true ? false : undefined,
      basicRestricted: values['basic-restricted'],
      bearers: values.bearer,
      oauthLocation: values['oauth-location'],
      eventIds: values['no-event-ids'] === true ? false : undefined,
      stream: values['no-stream'] === true ? false : undefined,
      paging: paging === 'off' ? false : undefined,
      vmPaging: paging === 'links' ? 'links' : undefined,
      refuseLimitZero: values['refuse-limit-zero'],
      dialect: oneOf<DialectName>('dialect', values.dialect, ['1.0', '1.1', '2.1', '2.3']),
      eventFormat: oneOf('event-format', values['event-format'], ['trace', 'legacy']),
      eventDates: oneOf('event-dates', values['event-dates'], ['iso', 'epoch']),
      lengthPrefix: values['length-prefix'],
    }),
    control: true,
  }
}
