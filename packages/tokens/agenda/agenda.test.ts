import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Agenda, type Job, type ReadOutcome, type ReadTrigger } from './agenda.ts'

function newAgenda(reads = 8, vms = 0): Agenda {
  return new Agenda({ reads, random: () => 0, sizeOf: () => vms })
}

function vm(id: string, fields: Partial<ReadTrigger> = {}): ReadTrigger {
  return { kind: 'vm', id, path: `/vms/${id}`, enterprise: '1', expects: null, mayBeGone: false, ...fields }
}

function machine(path: string): ReadTrigger {
  return { kind: 'machine', id: path, path, enterprise: null, expects: null, mayBeGone: false }
}

const told = (met: boolean): ReadOutcome => ({ kind: 'told', met })
const failed = (retryAfterMs: number | null = null): ReadOutcome => ({ kind: 'failed', retryAfterMs })

type ReadJob = Extract<Job, { kind: 'read' }>

/** All that is due. */
function due(agenda: Agenda, now: number): Job[] {
  const jobs: Job[] = []
  for (let job = agenda.next(now); job !== null; job = agenda.next(now)) jobs.push(job)
  return jobs
}

/** What is due, in short. */
function named(agenda: Agenda, now: number): string[] {
  return due(agenda, now).map((job) =>
    job.kind === 'read' ? job.want.id : job.kind === 'all' ? 'ALL' : `LIST ${job.id}`,
  )
}

function read(agenda: Agenda, now: number): ReadJob {
  const job = agenda.next(now)
  if (job?.kind !== 'read') throw new Error('no read is due')
  return job
}

describe('a trigger', () => {
  test('makes its VM be read at once, with all that is known of it', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'none', mayBeGone: true }), 5, 100)
    expect([agenda.size, agenda.wakeAt() <= 100, due(agenda, 100)]).toEqual([
      1,
      true,
      [
        {
          kind: 'read',
          want: {
            kind: 'vm',
            id: 'a',
            path: '/vms/a',
            enterprise: '1',
            expects: 'none',
            mayBeGone: true,
            tick: 5,
            since: 100,
            startedAt: 100,
            told: false,
            failures: 0,
          },
        },
      ],
    ])
  })

  test('is served by an answer that is as expected, and costs no more', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'address' }), 5, 0)
    agenda.done(read(agenda, 0), 6, told(true), 10)
    expect([agenda.size, agenda.wakeAt(), due(agenda, 1e9)]).toEqual([0, Infinity, []])
  })

  test('folds with others of its VM that wait', () => {
    const agenda = newAgenda(0)
    for (let tick = 1; tick <= 9; tick++)
      agenda.add(vm('a', { mayBeGone: tick === 4, path: `/vms/${tick}` }), tick, tick)
    expect([agenda.size, agenda.wakeAt()]).toEqual([1, Infinity])
    const open = newAgenda()
    for (let tick = 1; tick <= 9; tick++) open.add(vm('a', { mayBeGone: tick === 4, path: `/vms/${tick}` }), tick, tick)
    expect(due(open, 9)).toMatchObject([{ want: { id: 'a', tick: 9, path: '/vms/9', mayBeGone: true } }])
  })

  test('that comes while its VM is read makes it be read again', () => {
    const agenda = newAgenda()
    agenda.add(vm('a'), 1, 0)
    const first = read(agenda, 0)
    agenda.add(vm('a'), 3, 5)
    expect(named(agenda, 5)).toEqual([])
    agenda.done(first, 2, told(true), 10)
    const second = read(agenda, 10)
    expect(second.want.tick).toBe(3)
    agenda.done(second, 4, told(true), 20)
    expect([agenda.size, named(agenda, 1e9)]).toEqual([0, []])
  })

  test('that came before the request was sent is served by it, though the job was begun before', () => {
    const agenda = newAgenda()
    agenda.add(vm('a'), 1, 0)
    const job = read(agenda, 0)
    agenda.add(vm('a'), 2, 5)
    agenda.done(job, 3, told(true), 10)
    expect([agenda.size, named(agenda, 1e9)]).toEqual([0, []])
  })

  test('waits for a free slot, first come first served', () => {
    const agenda = newAgenda(2)
    for (const id of ['a', 'b', 'c', 'd']) agenda.add(vm(id), 1, 0)
    const jobs = due(agenda, 0) as ReadJob[]
    expect([jobs.map(({ want }) => want.id), agenda.wakeAt()]).toEqual([['a', 'b'], Infinity])
    for (const job of jobs) agenda.done(job, 2, told(true), 10)
    expect(named(agenda, 10)).toEqual(['c', 'd'])
  })

  test('goes before any list', () => {
    const agenda = newAgenda()
    agenda.lists.addAll(1, 0)
    agenda.lists.addEnterprise('1', 2, 0)
    agenda.add(vm('a'), 3, 0)
    agenda.add(machine('/m/1'), 4, 0)
    expect(named(agenda, 0)).toEqual(['a', '/m/1', 'ALL', 'LIST 1'])
  })
})

describe('an answer that is not as expected', () => {
  /** When a VM is read that never is as expected, if each read takes `takes` ms. */
  function readTimes(takes: number, trigger: Partial<ReadTrigger>): number[] {
    const agenda = newAgenda()
    agenda.add(vm('a', trigger), 1, 100)
    const times: number[] = []
    let now = 100
    for (let tick = 2; times.length < 20; tick++) {
      times.push(now - 100)
      agenda.done(read(agenda, now), tick, told(false), now + takes)
      if (agenda.size === 0) return times
      now = Math.max(now + takes, agenda.wakeAt())
    }
    return times
  }

  test.each([
    [0, [0, 500, 2000, 8000, 30_000]],
    [40, [0, 500, 2000, 8000, 30_000]],
    // Overdue is at once, and what a later read makes needless is left out.
    [700, [0, 700, 2000, 8000, 30_000]],
    [10_000, [0, 10_000, 30_000]],
  ])('is asked again 0.5, 2, 8 and 30 s after the event, where a read takes %d ms', (takes, times) => {
    expect(readTimes(takes, { expects: 'address' })).toEqual(times)
  })

  test.each(['none', 'change'] as const)('is so whether %p or an address was expected', (expects) => {
    expect(readTimes(0, { expects })).toEqual([0, 500, 2000, 8000, 30_000])
  })

  test('is the last word where nothing was expected', () => {
    expect(readTimes(0, { expects: null })).toEqual([0])
  })

  test('is asked no more once it is as expected', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'address' }), 1, 0)
    agenda.done(read(agenda, 0), 2, told(false), 1)
    agenda.done(read(agenda, 500), 3, told(true), 501)
    expect([agenda.size, agenda.wakeAt()]).toEqual([0, Infinity])
  })

  test('is asked again at once where another event comes, and then counted from that one', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'none' }), 1, 0)
    agenda.done(read(agenda, 0), 2, told(false), 1)
    agenda.add(vm('a', { expects: 'address' }), 3, 400)
    agenda.done(read(agenda, 400), 4, told(false), 410)
    expect([named(agenda, 899), agenda.wakeAt(), named(agenda, 900)]).toEqual([[], 900, ['a']])
  })

  test('is to show another address where its deploy comes before its undeploy has shown, however often it is told', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'none' }), 1, 0)
    for (const now of [100, 200]) {
      agenda.done(read(agenda, now - 100), now, told(false), now - 100)
      agenda.add(vm('a', { expects: 'address' }), now + 1, now)
    }
    const job = read(agenda, 200)
    expect(job.want).toMatchObject({ expects: 'new address', since: 200 })
    agenda.done(job, 300, told(false), 210)
    agenda.add(vm('a', { expects: 'none' }), 301, 300)
    expect(read(agenda, 300).want.expects).toBe('none')
  })

  test('is still not as expected after an event that lets expect nothing, however many come', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'address' }), 1, 0)
    agenda.done(read(agenda, 0), 2, told(false), 1)
    for (let now = 10; now <= 60; now += 10) {
      agenda.add(vm('a'), now, now)
      const job = read(agenda, now)
      expect(job.want).toMatchObject({ expects: 'address', since: 0 })
      agenda.done(job, now + 1, told(false), now + 1)
    }
    expect([agenda.size, agenda.wakeAt(), named(agenda, 500)]).toEqual([1, 500, ['a']])
  })
})

describe('a read that fails', () => {
  test('is repeated with growing distance until it succeeds', () => {
    const agenda = newAgenda()
    agenda.add(vm('a'), 1, 0)
    let now = 0
    const delays = Array.from({ length: 7 }, (_, index) => {
      agenda.done(read(agenda, now), 2 + index, failed(), now)
      const delay = agenda.wakeAt() - now
      now += delay
      return delay
    })
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    agenda.done(read(agenda, now), 20, told(true), now)
    expect(agenda.size).toBe(0)
  })

  test('waits for as long as the platform asks', () => {
    const agenda = newAgenda()
    agenda.add(vm('a'), 1, 0)
    agenda.done(read(agenda, 0), 2, failed(45_000), 0)
    expect([agenda.wakeAt(), named(agenda, 44_999), named(agenda, 45_000)]).toEqual([45_000, [], ['a']])
  })

  test('keeps its distance, whatever events come, but holds nothing else back', () => {
    const agenda = newAgenda()
    agenda.add(vm('a'), 1, 0)
    agenda.done(read(agenda, 0), 2, failed(), 0)
    agenda.add(vm('a'), 3, 10)
    agenda.add(vm('b'), 4, 10)
    expect([named(agenda, 10), named(agenda, 1000)]).toEqual([['b'], ['a']])
  })

  test('is read at once when the platform is back, unless that said how long to wait', () => {
    const agenda = newAgenda()
    for (const [index, retryAfterMs] of [null, null, 45_000].entries()) {
      agenda.add(vm(String(index)), 1, 0)
      agenda.done(read(agenda, 0), 2, failed(retryAfterMs), 0)
    }
    agenda.retryFailed(100)
    expect([named(agenda, 100), named(agenda, 44_999), named(agenda, 45_000)]).toEqual([['0', '1'], [], ['2']])
  })

  test('is read again even where its trigger is served by the failed request', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'none', mayBeGone: true }), 1, 0)
    agenda.done(read(agenda, 0), 2, failed(), 0)
    expect(read(agenda, 1000).want).toMatchObject({ expects: 'none', mayBeGone: true, failures: 1 })
  })

  test('that succeeds forgets its failures', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'address' }), 1, 0)
    agenda.done(read(agenda, 0), 2, failed(), 0)
    agenda.done(read(agenda, 1000), 3, told(false), 1000)
    agenda.done(read(agenda, 2000), 4, failed(), 2000)
    expect(agenda.wakeAt()).toBe(3000)
  })

  test('is felt for by two at a time where nothing is answered, while what is new has its first try', () => {
    const agenda = newAgenda(4)
    for (const id of 'abcdef') agenda.add(vm(id), 1, 0)
    for (const job of [...due(agenda, 0), ...due(agenda, 0)]) if (job.kind === 'read') agenda.done(job, 2, failed(), 0)
    for (const job of due(agenda, 0)) if (job.kind === 'read') agenda.done(job, 2, failed(), 0)
    const feeling = due(agenda, 1000)
    agenda.add(vm('new'), 3, 1000)
    const fresh = due(agenda, 1000)
    const idle = agenda.wakeAt()
    const [first] = feeling
    if (first?.kind === 'read') agenda.done(first, 4, told(true), 1000)
    const names = (jobs: Job[]) => jobs.map((job) => job.kind === 'read' && job.want.id)
    expect([names(feeling), names(fresh), idle, named(agenda, 1000)]).toEqual([
      ['a', 'b'],
      ['new'],
      Infinity,
      ['c', 'd'],
    ])
  })

  test.each<[string, string | null, number, boolean | null, boolean]>([
    ['is spared by a list that told of it', '1', 3, true, true],
    ['is not spared by a list that did not tell of it', '1', 3, null, false],
    ['is not spared by a list from before its event', '1', 0, true, false],
    ['is not spared by a list of another enterprise', '2', 3, true, false],
  ])('%s', (_, enterprise, began, met, spared) => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'address' }), 1, 0)
    agenda.done(read(agenda, 0), 2, failed(), 0)
    agenda.listed(enterprise, began, () => met, 500)
    expect([agenda.size, named(agenda, 1000).includes('a')]).toEqual(spared ? [0, false] : [1, true])
  })

  test('that a list told of is read again where that is not yet what its event lets expect', () => {
    const agenda = newAgenda()
    agenda.add(vm('a', { expects: 'address' }), 1, 0)
    agenda.done(read(agenda, 0), 2, failed(), 0)
    const late = agenda.next(1000)
    agenda.listed('1', 3, () => false, 1000)
    if (late?.kind === 'read') agenda.done(late, 4, failed(), 1000)
    agenda.listed('1', 5, () => false, 1500)
    expect([named(agenda, 1999), named(agenda, 2000)]).toEqual([[], ['a']])
  })

  test('takes turns with what is new', () => {
    const agenda = newAgenda(4)
    for (const id of 'ab') agenda.add(vm(id), 1, 0)
    for (const job of due(agenda, 0)) if (job.kind === 'read') agenda.done(job, 2, failed(), 0)
    for (const id of 'cde') agenda.add(vm(id), 3, 1000)
    expect(named(agenda, 1000)).toEqual(['a', 'c', 'b', 'd'])
  })

  test('ends once, however often its end is told', () => {
    const agenda = newAgenda()
    agenda.add(vm('a'), 1, 0)
    const job = read(agenda, 0)
    agenda.done(job, 2, told(true), 0)
    agenda.done(job, 2, failed(), 0)
    expect([agenda.size, agenda.wakeAt()]).toEqual([0, Infinity])
  })
})

describe('a storm', () => {
  const ids = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `vm${from + index}`)

  function storm(agenda: Agenda, count: number, fields: Partial<ReadTrigger> = {}, from = 0): void {
    for (const id of ids(count, from)) agenda.add(vm(id, fields), 10, 0)
  }

  test('of up to 50 VMs is read one by one', () => {
    const agenda = newAgenda(100)
    storm(agenda, 50)
    expect(named(agenda, 0)).toEqual(ids(50))
  })

  test('of more is read by one list of their enterprise', () => {
    const agenda = newAgenda(100)
    storm(agenda, 51)
    expect([named(agenda, 0), agenda.size, agenda.wakeAt()]).toEqual([['LIST 1'], 51, Infinity])
  })

  test('is read one by one as long as that is cheaper than the list', () => {
    // A list of 2,000 VMs is 9 pages.
    const cheaper = newAgenda(200, 2000)
    storm(cheaper, 90)
    const dearer = newAgenda(200, 2000)
    storm(dearer, 91)
    expect([named(cheaper, 0).length, named(dearer, 0)]).toEqual([90, ['LIST 1']])
  })

  test('of one enterprise leaves the VMs of others alone', () => {
    const agenda = newAgenda(100)
    storm(agenda, 30, { enterprise: '2' }, 1000)
    storm(agenda, 60)
    agenda.add(machine('/m/1'), 99, 0)
    // What was read one by one before the list came stays so.
    expect(named(agenda, 0)).toEqual([...ids(30, 1000), ...ids(9, 51), '/m/1', 'LIST 1'])
  })

  test('of VMs whose enterprise is not known is read by a list of everything', () => {
    const agenda = newAgenda(100)
    storm(agenda, 51, { enterprise: null })
    expect(named(agenda, 0)).toEqual(['ALL'])
  })

  test('of machines is read one by one, and takes no VM with it', () => {
    const agenda = newAgenda(200)
    for (let index = 0; index < 100; index++) agenda.add(machine(`/m/${index}`), 1, 0)
    agenda.add(vm('a', { enterprise: null }), 2, 0)
    const names = named(agenda, 0)
    expect([names.length, names.at(-1)]).toEqual([101, 'a'])
  })

  test('is judged after its list as single reads would be', () => {
    const agenda = newAgenda(100)
    storm(agenda, 51, { expects: 'address' })
    due(agenda, 0)
    agenda.listed('1', 11, (want) => want.id !== 'vm7', 200)
    agenda.lists.enterpriseDone('1', { began: 11, durationMs: 200, complete: true, retryAfterMs: null }, 200)
    expect([agenda.size, agenda.wakeAt(), named(agenda, 500)]).toEqual([1, 500, ['vm7']])
  })

  test('waits for another list where the list began before it', () => {
    const agenda = newAgenda(100)
    storm(agenda, 51)
    due(agenda, 0)
    agenda.listed('1', 9, () => true, 200)
    agenda.lists.enterpriseDone('1', { began: 9, durationMs: 200, complete: true, retryAfterMs: null }, 200)
    expect([agenda.size, agenda.wakeAt(), named(agenda, 2200)]).toEqual([51, 2200, ['LIST 1']])
  })

  test('takes later triggers of its VMs along, and owes the list again for them', () => {
    const agenda = newAgenda(100)
    storm(agenda, 51)
    due(agenda, 0)
    agenda.add(vm('vm3', { expects: 'none' }), 12, 50)
    expect(named(agenda, 50)).toEqual([])
    agenda.listed('1', 11, () => true, 100)
    agenda.lists.enterpriseDone('1', { began: 11, durationMs: 100, complete: true, retryAfterMs: null }, 100)
    expect([agenda.size, named(agenda, 1099), named(agenda, 1100)]).toEqual([1, [], ['LIST 1']])
    agenda.listed('1', 13, () => true, 1200)
    expect(agenda.size).toBe(0)
  })

  test('is over for the VMs that a broken list told of, and some others are read one by one after it', () => {
    const agenda = newAgenda(100)
    storm(agenda, 120)
    const begun = due(agenda, 0) as ReadJob[]
    for (const job of begun) if (job.kind === 'read') agenda.done(job, 11, told(true), 0)
    const told20 = new Set(ids(20))
    agenda.listed('1', 11, (want) => (told20.has(want.id) ? true : null), 100)
    agenda.lists.enterpriseDone('1', { began: 11, durationMs: 100, complete: false, retryAfterMs: null }, 100)
    const singly = named(agenda, 100)
    expect([singly.length, singly.some((id) => told20.has(id)), named(agenda, 1100)]).toEqual([50, false, ['LIST 1']])
  })

  test('never ends up with reads that nothing will make', () => {
    const agenda = newAgenda(1000)
    storm(agenda, 200, { enterprise: null })
    due(agenda, 0)
    // The list of everything broke, yet is not repeated as a whole: what failed is listed by itself.
    agenda.lists.allDone({ began: 11, durationMs: 100, complete: true, retryAfterMs: null }, 100)
    agenda.listed(null, 11, () => null, 100)
    const names = named(agenda, 1100)
    expect([names.length, names.at(-1)]).toEqual([50 + 1, 'ALL'])
  })

  test('counts a VM for the enterprise that is found out for it later', () => {
    const agenda = newAgenda(1000)
    // Many rounds of a VM that waits with an unknown enterprise and goes with a known one.
    for (let round = 0; round < 60; round++) {
      agenda.add(vm(`r${round}`, { enterprise: null }), 1, 0)
      agenda.add(vm(`r${round}`, { enterprise: '1' }), 2, 0)
      for (const job of due(agenda, 0)) if (job.kind === 'read') agenda.done(job, 3, told(true), 0)
    }
    agenda.add(vm('last', { enterprise: null }), 4, 0)
    expect(named(agenda, 0)).toEqual(['last'])
  })

  test('is counted for the enterprise that is found out for its VMs', () => {
    const agenda = newAgenda(0)
    storm(agenda, 50, { enterprise: null })
    storm(agenda, 50, { enterprise: '1' })
    agenda.add(vm('one more'), 11, 0)
    expect(named(agenda, 0)).toEqual(['LIST 1'])
  })
})

describe('whatever happens', () => {
  type Step =
    | { readonly do: 'add'; readonly id: number; readonly enterprise: string | null; readonly expects: boolean }
    | { readonly do: 'machine'; readonly id: number }
    | { readonly do: 'all' | 'retry' | 'back' }
    | { readonly do: 'enterprise'; readonly id: string }
    | { readonly do: 'wait'; readonly ms: number }
    | { readonly do: 'end'; readonly pick: number; readonly how: number }

  const enterprise = fc.constantFrom('1', '2', '3', '4', '5', '6')
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        id: fc.nat(150),
        enterprise: fc.option(fc.constantFrom('1', '2'), { freq: 3 }),
        expects: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('machine' as const), id: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('all' as const, 'retry' as const, 'back' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('enterprise' as const), id: enterprise }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(5000) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('end' as const), pick: fc.nat(20), how: fc.nat(9) }) },
  )

  /** An agenda with all that is known of what it owes. */
  class Trial {
    readonly agenda = new Agenda({ reads: 4, random: () => 0.5, sizeOf: () => 0 })
    now = 0
    #tick = 0
    #running: { job: Job; began: number; startedAt: number }[] = []
    /** Newest trigger of each VM and machine, and the newest request that read it. */
    readonly asked = new Map<string, number>()
    readonly answered = new Map<string, number>()

    get running(): number {
      return this.#running.length
    }

    run(each: Step): void {
      if (each.do === 'add') {
        const expects = each.expects ? 'address' : null
        this.#ask(vm(String(each.id), { enterprise: each.enterprise, expects }))
      } else if (each.do === 'machine') this.#ask(machine(`/m/${each.id}`))
      else if (each.do === 'all') this.agenda.lists.addAll(++this.#tick, this.now)
      else if (each.do === 'retry') this.agenda.lists.retryNow()
      else if (each.do === 'back') this.agenda.retryFailed(this.now)
      else if (each.do === 'enterprise') this.agenda.lists.addEnterprise(each.id, ++this.#tick, this.now)
      else if (each.do === 'wait') this.now += each.ms
      else if (each.do === 'end') this.#end(each.pick, each.how)
      this.start()
    }

    /** Starts all that is due, and holds the agenda to what it says of when something is due. */
    start(): void {
      const announced = this.agenda.wakeAt() <= this.now
      let started = 0
      for (let job = this.agenda.next(this.now); job !== null; job = this.agenda.next(this.now)) {
        if (++started > 1000) throw new Error('the agenda never ends')
        this.#running.push({ job, began: ++this.#tick, startedAt: this.now })
      }
      if (started > 0 && !announced) throw new Error('something was due that wakeAt did not tell')
      if (this.agenda.wakeAt() <= this.now) throw new Error('wakeAt tells of something that next does not give')
    }

    /** Everything goes well from now on, and all of it in the end. */
    finish(): void {
      for (let round = 0; round < 5000; round++) {
        while (this.#running.length > 0) this.#end(0, 9)
        this.start()
        if (this.#running.length > 0) continue
        const at = this.agenda.wakeAt()
        if (at === Number.POSITIVE_INFINITY) return
        this.now = Math.max(this.now, at)
        this.start()
        // What was asked for before its time may leave a time behind at which there is nothing to do, but only once.
        if (this.#running.length === 0 && this.agenda.wakeAt() <= at) throw new Error('wakeAt does not go on')
      }
      throw new Error('the agenda never comes to rest')
    }

    #ask(trigger: ReadTrigger): void {
      this.agenda.add(trigger, ++this.#tick, this.now)
      this.asked.set(trigger.id, this.#tick)
    }

    #end(pick: number, how: number): void {
      const [ended] = this.#running.splice(pick % Math.max(1, this.#running.length), 1)
      if (ended === undefined) return
      const { job, began, startedAt } = ended
      const { agenda, now } = this
      const good = how > 2
      if (job.kind === 'read') {
        agenda.done(job, began, how > 2 ? told(how > 4) : failed(), now)
        if (good) this.#answer(job.want.id, began)
        return
      }
      const outcome = { began, durationMs: now - startedAt, complete: good, retryAfterMs: null }
      const met = () => (good ? true : null)
      if (job.kind === 'enterprise') {
        agenda.lists.enterpriseDone(job.id, outcome, now)
        agenda.listed(job.id, began, met, now)
      } else {
        for (const id of ['1', '2']) {
          agenda.lists.enterpriseDone(id, outcome, now)
          agenda.listed(id, began, met, now)
        }
        agenda.lists.allDone(outcome, now)
        agenda.listed(null, began, met, now)
      }
      if (good) for (const id of this.asked.keys()) if (!id.startsWith('/')) this.#answer(id, began)
    }

    #answer(id: string, began: number): void {
      this.answered.set(id, Math.max(began, this.answered.get(id) ?? 0))
    }
  }

  test('it says truly when something is due, it comes to rest, and each trigger is served by a later request', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const trial = new Trial()
        for (const each of steps) trial.run(each)
        trial.finish()
        const unserved = [...trial.asked].filter(([id, tick]) => (trial.answered.get(id) ?? 0) <= tick)
        expect({ unserved, owed: trial.agenda.size, running: trial.running }).toEqual({
          unserved: [],
          owed: 0,
          running: 0,
        })
      }),
      { numRuns: 100 },
    )
  }, 20_000)
})
