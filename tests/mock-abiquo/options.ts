/** The four ways in which servers write the stream, named after the version that brought each. */
export type DialectName = '1.0' | '1.1' | '2.1' | '2.3'

/** What to start and how it behaves; everything but the port can be left out. */
export interface MockOptions {
  /** Number of virtual machines, spread evenly over the enterprises. @default 100 */
  readonly vms?: number
  /** Number of enterprises; the first is the administrator's own. @default 10 */
  readonly enterprises?: number
  /** Number of datacenters. @default 2 */
  readonly datacenters?: number
  /** Hosts in each rack. @default 10 */
  readonly hostsPerRack?: number
  /** Share of the virtual machines that are not deployed at the start. @default 0.1 */
  readonly undeployed?: number
  /** Share of the virtual machines whose remote access is switched off. @default 0.02 */
  readonly remoteAccessOff?: number
  /** Makes uuids and passwords; the same seed gives the same platform. @default 1 */
  readonly seed?: number
  /** Bytes added to each virtual machine's description; without any it is some 5.5 KB as JSON. @default 0 */
  readonly padBytes?: number

  /** TCP port; 0 takes a free one. @default 0 */
  readonly port?: number
  /** Address to listen on. @default '127.0.0.1' */
  readonly hostname?: string
  /** PEM key and certificate: the platform then speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Serves `/control/...`, the faults and actions over HTTP. @default false */
  readonly control?: boolean
  /** What hrefs begin with. The default names a host that no client reaches. @default 'https://unreachable.example:443/api' */
  readonly hrefBase?: string
  /** Version told by `/version`; no newer one is accepted in `Accept`. @default '4.7' */
  readonly version?: string
  /** Milliseconds each answer is late. @default 0 */
  readonly delayMs?: number
  /** The clock behind the platform's, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number
  /** Milliseconds by which the platform's clock is ahead; below 0: behind. @default 0 */
  readonly clockSkewMs?: number
  /** Whether answers have a `Date` header. @default true */
  readonly dateHeader?: boolean

  /** Administrator's log-in. @default 'admin' */
  readonly username?: string
  /** Administrator's password. @default 'xabiquo' */
  readonly password?: string
  /** Whether three bad log-ins in a minute lock the user. @default true */
  readonly lockOut?: boolean
  /** `abiquo.auth.basic.restricted`: Basic is taken by `/login` alone, so by the stream too, which asks it. @default false */
  readonly basicRestricted?: boolean
  /** Whether Basic where it is restricted counts as a bad log-in, the right password too. @default true */
  readonly basicRestrictedCounts?: boolean
  /** Milliseconds for which a token of `/login` is good. @default 1800000 */
  readonly tokenLifeMs?: number
  /** Texts that `Authorization: Bearer` of the administrator may have. @default none */
  readonly bearers?: readonly string[]
  /** The API's address in the signatures of OAuth. @default the mock's own apiUrl */
  readonly oauthLocation?: string
  /** Milliseconds by which the timestamp of a signature may be off. @default 300000 */
  readonly oauthWindowMs?: number

  /** False: `limit` and `startwith` are ignored and every list is whole. @default true */
  readonly paging?: boolean
  /** Whether `limit=0` is refused with 400, as very old servers do. @default false */
  readonly refuseLimitZero?: boolean
  /** `bare`: lists of an enterprise's VMs carry no links and no totalSize, as on the real platform. @default 'bare' */
  readonly vmPaging?: 'bare' | 'links'
  /** The most elements of a page, whatever limit is asked for. @default no bound */
  readonly maxPageSize?: number
  /** Milliseconds for which REST still shows what was true before a change. @default 0 */
  readonly restLagMs?: number

  /** How the stream is written. @default '2.3' */
  readonly dialect?: DialectName
  /** Event entity of 4.7 and later, or the one up to 4.6. @default 'trace' */
  readonly eventFormat?: 'trace' | 'legacy'
  /** How `datefrom` and `dateto` of `/events` are written. @default 'iso' */
  readonly eventDates?: 'iso' | 'epoch'
  /** Milliseconds after which an event is in `/events`. @default 0 */
  readonly eventLagMs?: number
  /** Above `eventLagMs`: each event is late by a time between the two, drawn by the seed. @default 0 */
  readonly eventLagMaxMs?: number
  /** Whether events of `/events` have an `id`; the entity of 4.7 has none. @default true */
  readonly eventIds?: boolean
  /** Milliseconds that the history of events reaches back. @default seven days */
  readonly historyMs?: number
  /** Events that are remembered at most; when there are more, the older half goes. @default 500000 */
  readonly historyLimit?: number
  /** False: there is no M, and `/m/stream` is 404 in HTML, as from 6.2 on. @default true */
  readonly stream?: boolean
  /** Milliseconds after which each stream is ended in good order; 0: never. @default 0 */
  readonly streamLifeMs?: number
  /** Whether each message of the stream begins with its length and a bar. @default false */
  readonly lengthPrefix?: boolean
  /** Milliseconds after the last write until a heartbeat, in the dialects that have one. @default 60000 */
  readonly heartbeatMs?: number
  /** Longest piece in which an event is written. @default 8192 */
  readonly pieceBytes?: number
  /** Milliseconds after which a stream whose client does not read is cut; 0: never. @default 20000 */
  readonly slowReaderMs?: number
}

/** Every option with its value. */
export type Settings = Required<Omit<MockOptions, 'tls'>> & Pick<MockOptions, 'tls'>

/** Fills in the defaults. */
export function settingsOf(options: MockOptions): Settings {
  return {
    vms: 100,
    enterprises: 10,
    datacenters: 2,
    hostsPerRack: 10,
    undeployed: 0.1,
    remoteAccessOff: 0.02,
    seed: 1,
    padBytes: 0,
    port: 0,
    hostname: '127.0.0.1',
    control: false,
    hrefBase: 'https://unreachable.example:443/api',
    version: '4.7',
    delayMs: 0,
    now: Date.now,
    clockSkewMs: 0,
    dateHeader: true,
    username: 'admin',
    password: 'xabiquo',
    lockOut: true,
    basicRestricted: false,
    basicRestrictedCounts: true,
    tokenLifeMs: 1_800_000,
    bearers: [],
    oauthLocation: '',
    oauthWindowMs: 300_000,
    paging: true,
    refuseLimitZero: false,
    vmPaging: 'bare',
    maxPageSize: Number.POSITIVE_INFINITY,
    restLagMs: 0,
    dialect: '2.3',
    eventFormat: 'trace',
    eventDates: 'iso',
    eventLagMs: 0,
    eventLagMaxMs: 0,
    eventIds: true,
    historyMs: 7 * 86_400_000,
    historyLimit: 500_000,
    stream: true,
    streamLifeMs: 0,
    lengthPrefix: false,
    heartbeatMs: 60_000,
    pieceBytes: 8192,
    slowReaderMs: 20_000,
    ...options,
  }
}
