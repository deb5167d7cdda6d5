import { FakeClock } from '../../../api/testing/fake-clock.ts'
import { FakePlatform } from '../../../stream/testing/fake-platform.ts'
import type { Note } from '../../keeper/note.ts'
import { RedisOutput } from '../../outputs/redis.ts'
import { FakeRedis } from '../fake-redis.ts'
import { seeded } from '../seeded.ts'
import { ModelApi, type Paging } from './api.ts'
import { Auditor } from './auditor.ts'
import { Estate, lineOf } from './estate.ts'
import { Life, watched } from './life.ts'
import { ModelFile } from './model-output.ts'
import { Witness } from './witness.ts'

/** What a site is like. */
export interface Plan {
  readonly seed: number
  readonly watch: 'auto' | 'poll' | 'none'
  /** Whether each event is lost, without anybody noticing. */
  readonly deaf: boolean
  readonly paging: Paging
  readonly tellsOwner: boolean
  /** Whether answers take their time from the start, so that one overtakes the other. */
  readonly slow: boolean
  readonly resyncMs: number
  readonly guard: number | null
  /** VMs that the first enterprise has from the start, all deployed. */
  readonly size: number
  /** What the first file has at the start. */
  readonly before: 'nothing' | 'right' | 'old'
}

/** Ids of the enterprises that there are at the start. */
const enterprises = ['1', '2', '3', '4', '5']

/** A platform, a keeper of three outputs and of lookups, and all that may befall them, on a clock that stands still. */
export class Site {
  readonly plan: Plan
  readonly clock = new FakeClock()
  readonly estate = new Estate(() => this.clock.now())
  readonly events: FakePlatform
  readonly api: ModelApi
  readonly redis = new FakeRedis(this.clock)
  readonly files: readonly ModelFile[]
  readonly random: () => number
  readonly auditor: Auditor
  /** What went wrong. */
  readonly findings: string[] = []
  /** Events on their way. */
  late: { readonly at: number; readonly tell: () => void }[] = []
  /** Whether Redis is out of reach. */
  redisCut = false
  wallOffset = 0
  /** The longest list so far, in milliseconds. */
  longestListMs = 0
  /** Whether requests hung when all became well again. */
  hung = false
  #life: Life
  #witness: Witness
  #rival: RedisOutput | null = null

  constructor(plan: Plan) {
    this.plan = plan
    this.random = seeded(plan.seed)
    this.events = new FakePlatform(this.clock, {})
    this.api = new ModelApi(this.clock, this.estate, this.events, this.random)
    this.api.paging = plan.paging
    this.api.tellsOwner = plan.tellsOwner
    if (plan.slow) this.api.slowness = { list: 2500, other: 600 }
    for (const id of enterprises) this.estate.found(id, true, true)
    for (let number = 1; number <= plan.size; number++) this.#deployed(`${number}`, '1', number)
    for (const [index, id] of enterprises.entries()) this.#deployed(`9${index}`, id, 900 + index)
    this.#witness = new Witness(this.estate, () => this.clock.now())
    this.auditor = new Auditor({
      now: () => this.clock.now(),
      witness: () => this.#witness,
      resyncMs: plan.resyncMs,
      guard: plan.guard,
      isReadable: (output) => !this.files.some(({ name, trouble }) => name === output && trouble.failing.has('load')),
      find: (what) => this.find(what),
    })
    const onChange = (file: ModelFile, before: string | null, ours: boolean) =>
      this.auditor.changed(file.name, linesIn(before), linesIn(file.text), ours, file.text)
    this.files = [new ModelFile('first', this.#before(), onChange), new ModelFile('second', null, onChange)]
    this.#life = this.#begin()
  }

  get life(): Life {
    return this.#life
  }

  get witness(): Witness {
    return this.#witness
  }

  /** Forgets what was recorded so far, for who measures memory. */
  forget(): void {
    this.api.asked.length = 0
    this.events.asked.length = 0
    this.redis.commands.length = 0
    this.redis.writers.length = 0
  }

  find(what: string): void {
    this.findings.push(`at ${this.clock.now()} ms: ${what}`)
  }

  /** Moves time on, step by step, telling the events whose time has come. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms
    while (this.clock.now() < until) {
      const next = Math.min(until, ...this.late.map(({ at }) => Math.max(at, this.clock.now())))
      await this.clock.advance(next - this.clock.now())
      for (const due of this.late.splice(0)) {
        if (due.at <= this.clock.now()) due.tell()
        else this.late.push(due)
      }
      await this.clock.advance(0)
    }
  }

  /** Ends the program and starts it anew; what it wrote stays. */
  async restart(how: 'stop' | 'kill', awayMs: number): Promise<void> {
    await this.end(how)
    await this.advance(awayMs)
    this.#life = this.#begin()
    await this.clock.advance(0)
  }

  async end(how: 'stop' | 'kill'): Promise<void> {
    if (how === 'kill') {
      this.#life.kill()
      await this.clock.advance(0)
    } else for (const left of await this.#life.stop()) this.find(`left open after the end: ${left}`)
    if (this.api.running > 0) this.find(`${this.api.running} requests are left open after the end`)
    if (this.events.streams > 0) this.find(`${this.events.streams} streams are left open after the end`)
  }

  /** Another process takes the lease of Redis, if it can, and writes what it thinks is right. */
  async rivalComes(): Promise<void> {
    if (this.#rival !== null) return
    const isDead = () => false
    const open = (signal: AbortSignal) =>
      watched(
        this.redis.open(signal, () => this.redisCut),
        isDead,
        () => this.#redisChanged(false),
      )
    this.#rival = new RedisOutput({ url: 'redis://redis.example.com', clock: this.clock, id: 'rival', open })
    await Promise.race([this.#rival.load().catch(() => null), this.clock.advance(4000)])
  }

  async rivalWrites(): Promise<void> {
    const { SortedLines } = await import('../../token/lines.ts')
    const lines = new SortedLines(this.estate.lines().filter(() => this.random() < 0.9))
    await Promise.race([this.#rival?.write(lines, null).catch(() => null), this.clock.advance(4000)])
  }

  async rivalLeaves(): Promise<void> {
    const leaving = this.#rival?.[Symbol.asyncDispose]()
    this.#rival = null
    await Promise.race([leaving, this.clock.advance(5000)])
  }

  /** What each output has that it must not have, or lacks; none where all is right. */
  wrong(): readonly string[] {
    const right = this.estate.lines()
    const outputs: [string, readonly string[]][] = [
      ...this.files.map((file): [string, readonly string[]] => [file.name, linesIn(file.text) ?? ['nothing']]),
      ['redis', this.redisLines()],
    ]
    const lookups = right.filter((line) => this.life.lookup.find(line.slice(0, 32)) === null)
    return [
      ...outputs.flatMap(([name, lines]) => difference(name, lines, right)),
      ...lookups.map((line) => `lookup lacks ${line}`),
      ...(this.life.lookup.size === right.length ? [] : [`lookup has ${this.life.lookup.size} of ${right.length}`]),
    ]
  }

  redisLines(): string[] {
    return Object.entries(this.redis.keys)
      .map(([token, value]) => `${token}: ${/^\{"host":"(.*)"\}$/.exec(value)?.[1] ?? 'no address'}`)
      .sort()
  }

  #begin(): Life {
    this.#witness = new Witness(this.estate, () => this.clock.now())
    this.auditor.began()
    for (const { name, trouble } of this.files) if (trouble.failing.size > 0) this.auditor.excuse(name)
    const { plan } = this
    return new Life({
      clock: this.clock,
      api: this.api,
      witness: this.#witness,
      files: this.files,
      openRedis: (signal, isDead) =>
        watched(
          this.redis.open(signal, () => this.redisCut || isDead()),
          isDead,
          () => this.#redisChanged(true),
        ),
      watch: plan.watch,
      resyncMs: plan.resyncMs,
      guard: plan.guard,
      random: this.random,
      wallOffset: () => this.wallOffset,
      note: (note) => this.#note(note),
    })
  }

  #redisBefore: string[] = []

  /** A script ran in Redis: what it changed is its process's doing. */
  #redisChanged(ours: boolean): void {
    const now = this.redisLines()
    const before = this.#redisBefore
    this.#redisBefore = now
    if (before.length === now.length && before.every((line, index) => line === now[index])) return
    this.auditor.changed('redis', before, now, ours, null)
  }

  /** Somebody else changed what is in Redis. */
  redisTouched(): void {
    this.#redisChanged(false)
  }

  #note(note: Note): void {
    if (note.kind === 'defect') this.find(`defect in ${note.what}: ${note.error.stack ?? note.error.message}`)
    if (note.kind === 'listed' || note.kind === 'list-incomplete') {
      this.longestListMs = Math.max(this.longestListMs, this.life.keeper.status().list.durationMs ?? 0)
    }
    if (note.kind === 'let-go') {
      const file = this.files.find(({ name }) => name === note.output)
      if (file !== undefined) this.auditor.released(file.name, linesIn(file.text) ?? [])
      else if (note.output !== this.life.lookup.name) this.auditor.released('redis', this.redisLines())
    }
  }

  #deployed(id: string, enterprise: string, number: number): void {
    const ip = `10.0.${Math.floor(number / 50)}.1`
    this.estate.hosts.set(ip, ip)
    this.estate.put(id, { enterprise, appliance: '1', machine: ip, ip, port: 5900 + number }, true)
  }

  #before(): string | null {
    const lines = this.estate.lines()
    switch (this.plan.before) {
      case 'nothing':
        return null
      case 'right':
        return lines.map((line) => `${line}\n`).join('')
      case 'old': {
        const old = lineOf({ ip: '10.9.9.9', port: 5900 })
        return [...lines.filter((_, index) => index % 2 === 0), old ?? '']
          .sort()
          .map((line) => `${line}\n`)
          .join('')
      }
    }
  }
}

/** The lines of a file; null where there is none. */
export function linesIn(text: string | null): string[] | null {
  return text === null ? null : text.split('\n').slice(0, -1)
}

function difference(name: string, lines: readonly string[], right: readonly string[]): string[] {
  return [
    ...lines.filter((line) => !right.includes(line)).map((line) => `${name} has ${line}`),
    ...right.filter((line) => !lines.includes(line)).map((line) => `${name} lacks ${line}`),
  ]
}
