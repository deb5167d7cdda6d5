import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { seeded } from '../testing/seeded.ts'
import type { Address } from '../token/address.ts'
import { type Token, tokenOf } from '../token/token.ts'
import { Book, type Change, type Sighting } from './book.ts'

const x: Address = { host: '10.0.0.1', port: 5900 }
const y: Address = { host: '10.0.0.2', port: 5900 }
const tokenX = tokenOf(x)
const tokenY = tokenOf(y)
const never = () => false

function sighting(id: string, address: Address | null, fields: Partial<Sighting> = {}): Sighting {
  return {
    id,
    path: `/vapp/1/virtualmachines/${id}`,
    enterprise: '1',
    machine: null,
    datacenter: null,
    address,
    ...fields,
  }
}

function put(address: Address, id: string, announced = false): Change {
  return { token: tokenOf(address), address, id, announced }
}

function drop(address: Address, id: string, announced = false): Change {
  return { token: tokenOf(address), address: null, id, announced }
}

function linesOf(book: Book): Record<Token, Address> {
  return Object.fromEntries(book.lines())
}

describe('a VM that is left out', () => {
  const elsewhere = { datacenter: '2', leftOut: 'other-datacenter' } as const

  test('leaves the book with its token', () => {
    const book = new Book()
    book.found(sighting('1', x), 1, never)
    const changes = book.found(sighting('1', x, elsewhere), 2, () => true)
    expect([changes, book.row('1'), book.size, book.tokens, book.sizeOf('1')]).toEqual([
      [drop(x, '1', true)],
      null,
      0,
      0,
      0,
    ])
  })

  test('does not come in by what was told earlier, and does by what is told later', () => {
    const book = new Book()
    const changes = [
      book.found(sighting('1', x, elsewhere), 5, never),
      book.found(sighting('1', x), 4, never),
      book.found(sighting('1', x, elsewhere), 3, never),
      book.found(sighting('1', x), 6, never),
      book.found(sighting('1', x, elsewhere), 5, never),
    ]
    expect([changes, book.row('1')?.asOf]).toEqual([[[], [], [], [put(x, '1')], []], 6])
  })
})

describe('a VM', () => {
  test('gets its token with its address, and loses it with its address', () => {
    const book = new Book()
    expect([
      book.found(sighting('a', null), 1, never),
      book.found(sighting('a', x), 2, never),
      book.found(sighting('a', x), 3, never),
      book.found(sighting('a', null), 4, never),
    ]).toEqual([[], [put(x, 'a')], [], [drop(x, 'a')]])
    expect([book.size, book.tokens, book.holds(tokenX)]).toEqual([1, 0, false])
  })

  test('that changes its address gets the new token before it loses the old one', () => {
    const book = new Book()
    book.found(sighting('a', x), 1, never)
    expect(book.found(sighting('a', y), 2, never)).toEqual([put(y, 'a'), drop(x, 'a')])
    expect(linesOf(book)).toEqual({ [tokenY]: y })
  })

  test('that changes only its port changes its token', () => {
    const book = new Book()
    book.found(sighting('a', x), 1, never)
    expect(book.found(sighting('a', { ...x, port: 5901 }), 2, never)).toEqual([
      put({ ...x, port: 5901 }, 'a'),
      drop(x, 'a'),
    ])
  })

  test('that is gone loses its token, and only once', () => {
    const book = new Book()
    book.found(sighting('a', x), 1, never)
    expect([book.gone('a', 2, never), book.gone('a', 3, never), book.gone('b', 4, never)]).toEqual([
      [drop(x, 'a')],
      [],
      [],
    ])
    expect([book.size, book.row('a'), book.sizeOf('1'), book.enterprises()]).toEqual([0, null, 0, []])
  })

  test('tells with its changes whether an event announced them', () => {
    const book = new Book()
    expect([
      book.found(sighting('a', x), 1, (id) => id === 'a'),
      book.found(sighting('b', y), 1, (id) => id === 'a'),
      book.gone('a', 2, (id) => id === 'a'),
    ]).toEqual([[put(x, 'a', true)], [put(y, 'b')], [drop(x, 'a', true)]])
  })

  test('that moves to another appliance keeps its token under its new path', () => {
    const book = new Book()
    book.found(sighting('a', x), 1, never)
    expect(book.found(sighting('a', x, { path: '/vapp/2/virtualmachines/a', machine: '/m/1' }), 2, never)).toEqual([])
    expect(book.row('a')).toEqual({
      ...sighting('a', x),
      path: '/vapp/2/virtualmachines/a',
      machine: '/m/1',
      token: tokenX,
      asOf: 2,
    })
  })

  test('keeps the path of the newest answer, whichever came last', () => {
    const book = new Book()
    book.found(sighting('a', x, { path: '/vapp/2/virtualmachines/a' }), 5, never)
    book.found(sighting('a', x, { path: '/vapp/1/virtualmachines/a' }), 4, never)
    expect(book.row('a')?.path).toBe('/vapp/2/virtualmachines/a')
  })

  test('keeps its enterprise where an answer does not tell it', () => {
    const book = new Book()
    book.found(sighting('a', x), 1, never)
    book.found(sighting('a', y, { enterprise: null }), 2, never)
    expect([book.row('a')?.enterprise, book.sizeOf('1')]).toEqual(['1', 1])
    book.found(sighting('b', null, { enterprise: null }), 3, never)
    expect(book.enterprises()).toEqual(['1'])
    book.found(sighting('b', null, { enterprise: '2' }), 4, never)
    expect([book.enterprises(), book.sizeOf('2')]).toEqual([['1', '2'], 1])
  })
})

describe('older news is dropped:', () => {
  test('an address from a request that was sent before the newest one', () => {
    const book = new Book()
    book.found(sighting('a', null), 5, never)
    expect([book.found(sighting('a', x), 4, never), linesOf(book)]).toEqual([[], {}])
  })

  test('the end of a VM that a newer request has seen', () => {
    const book = new Book()
    book.found(sighting('a', x), 5, never)
    expect([book.gone('a', 4, never), linesOf(book)]).toEqual([[], { [tokenX]: x }])
  })

  test('a sight of a VM that a newer request found gone', () => {
    const book = new Book()
    book.found(sighting('a', x), 1, never)
    book.gone('a', 5, never)
    expect([book.found(sighting('a', x), 4, never), book.found(sighting('a', x), 6, never)]).toEqual([
      [],
      [put(x, 'a')],
    ])
  })

  test('even of a VM that was gone before it was ever seen', () => {
    const book = new Book()
    book.gone('a', 5, never)
    expect(book.found(sighting('a', x), 4, never)).toEqual([])
  })

  test('and remembered for as long as older answers may come', () => {
    const book = new Book()
    book.gone('a', 5, never)
    book.gone('b', 8, never)
    book.forget(8)
    expect([book.found(sighting('a', x), 4, never), book.found(sighting('b', y), 4, never)]).toEqual([
      [put(x, 'a')],
      [],
    ])
  })

  test('but not an answer to the very request that told it last', () => {
    const book = new Book()
    book.found(sighting('a', null), 5, never)
    expect(book.found(sighting('a', x), 5, never)).toEqual([put(x, 'a')])
  })
})

describe('one address held by two VMs', () => {
  test('keeps its token when the first one leaves', () => {
    const book = new Book()
    expect([
      book.found(sighting('a', x), 1, never),
      book.found(sighting('b', x), 2, never),
      book.gone('a', 3, never),
      book.found(sighting('b', null), 4, never),
    ]).toEqual([[put(x, 'a')], [], [], [drop(x, 'b')]])
  })

  test('keeps it in whatever order three come and go', () => {
    const book = new Book()
    for (const id of ['a', 'b', 'c']) book.found(sighting(id, x), 1, never)
    expect([book.found(sighting('b', y), 2, never), book.gone('a', 2, never), linesOf(book)]).toEqual([
      [put(y, 'b')],
      [],
      { [tokenX]: x, [tokenY]: y },
    ])
    expect([book.gone('c', 3, never), linesOf(book), book.tokens]).toEqual([[drop(x, 'c')], { [tokenY]: y }, 1])
  })

  test('is not lost when its holder is told again', () => {
    const book = new Book()
    book.found(sighting('a', x), 1, never)
    book.found(sighting('b', x), 1, never)
    book.found(sighting('b', x), 2, never)
    expect([book.gone('a', 3, never), book.gone('b', 3, never)]).toEqual([[], [drop(x, 'b')]])
  })
})

describe('the rows', () => {
  function filled(): Book {
    const book = new Book()
    book.found(sighting('a', x, { machine: '/m/1', path: '/vdc/1/vapp/1/virtualmachines/a' }), 1, never)
    book.found(sighting('b', y, { machine: '/m/10', path: '/vdc/1/vapp/10/virtualmachines/b' }), 2, never)
    book.found(
      sighting('c', null, { machine: '/m/1', enterprise: '2', path: '/vdc/10/vapp/1/virtualmachines/c' }),
      3,
      never,
    )
    return book
  }
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

  test('that a list lacks are those older than its first request, of its enterprise', () => {
    const book = filled()
    expect([1, 2, 3].map((began) => ids(book.absent('1', began)))).toEqual([[], ['a'], ['a', 'b']])
    expect([ids(book.absent('2', 9)), ids(book.absent('3', 9))]).toEqual([['c'], []])
  })

  test('on a machine and under a path are found by whole segments', () => {
    const book = filled()
    expect([
      ids(book.on('/m/1')),
      ids(book.on('/m')),
      ids(book.under('/vdc/1/vapp/1')),
      ids(book.under('/vdc/1')),
    ]).toEqual([['a', 'c'], [], ['a'], ['a', 'b']])
  })
})

describe('whatever order answers come in', () => {
  interface State {
    readonly address: Address | null
    readonly path: string
  }
  interface Answer {
    readonly id: string
    readonly asOf: number
    /** What the platform had when it answered; null: no such VM. */
    readonly state: State | null
  }

  const addresses = [x, y, { host: '10.0.0.3', port: 1 }]
  const vms = ['a', 'b', 'c', 'd']

  /** A random platform, and answers to requests that were sent while it changed, in the order in which they arrive. */
  function schedule(random: () => number): { truth: ReadonlyMap<string, State | null>; answers: readonly Answer[] } {
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
    const truth = new Map<string, State | null>(vms.map((id) => [id, null]))
    const inFlight: { answer: Answer; arrives: number }[] = []
    let tick = 0
    const ask = (id: string, late: number) => {
      tick++
      const answer = { id, asOf: tick, state: truth.get(id) ?? null }
      inFlight.push({ answer, arrives: tick + random() * late })
    }
    const steps = 3 + Math.floor(random() * 15)
    for (let step = 0; step < steps; step++) {
      const id = pick(vms)
      if (random() < 0.6) {
        const gone = random() < 0.2
        const address = random() < 0.3 ? null : pick(addresses)
        truth.set(id, gone ? null : { address, path: `/vapp/${Math.floor(random() * 2)}/virtualmachines/${id}` })
      }
      ask(id, 8)
    }
    // Each VM was asked for after its last change, as each event makes us do; that answer too may overtake others.
    for (const id of vms) ask(id, 8)
    inFlight.sort((one, other) => one.arrives - other.arrives)
    return { truth, answers: inFlight.map(({ answer }) => answer) }
  }

  function expected(truth: ReadonlyMap<string, State | null>): Record<Token, Address> {
    const held = [...truth.values()].flatMap((state) =>
      state?.address ? [[tokenOf(state.address), state.address] as const] : [],
    )
    return Object.fromEntries(held)
  }

  const rounds = 20_000

  test('the newest one has the last word, and changes add up to what the book holds', () => {
    let wrongWithoutTicks = 0
    for (let seed = 1; seed <= rounds; seed++) {
      const { truth, answers } = schedule(seeded(seed))
      const book = new Book()
      const lines = new Map<Token, Address>()
      const lastAnswers = new Map<string, State | null>()
      for (const { id, asOf, state } of answers) {
        lastAnswers.set(id, state)
        const changes =
          state === null
            ? book.gone(id, asOf, never)
            : book.found(sighting(id, state.address, { path: state.path }), asOf, never)
        for (const { token, address } of changes) {
          if (address) lines.set(token, address)
          else lines.delete(token)
        }
      }
      const want = expected(truth)
      const paths = Object.fromEntries(vms.map((id) => [id, book.row(id)?.path ?? null]))
      const truePaths = Object.fromEntries(vms.map((id) => [id, truth.get(id)?.path ?? null]))
      if (
        !Bun.deepEquals(
          [linesOf(book), Object.fromEntries(lines), paths, book.tokens],
          [want, want, truePaths, lines.size],
        )
      ) {
        expect({ seed, lines: linesOf(book), changes: Object.fromEntries(lines), paths }).toEqual({
          seed,
          lines: want,
          changes: want,
          paths: truePaths,
        })
      }
      if (!Bun.deepEquals(expected(lastAnswers), want)) wrongWithoutTicks++
    }
    // The control: without ticks the last answer to arrive would be wrong every now and then.
    expect(wrongWithoutTicks).toBeGreaterThan(100)
  })

  test('a token is held as long as a plain model has a holder of it', () => {
    const step = fc.record({
      id: fc.constantFrom(...vms),
      address: fc.constantFrom(null, ...addresses),
      gone: fc.boolean(),
      enterprise: fc.constantFrom('1', '2'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const book = new Book()
        const model = new Map<string, { address: Address | null; enterprise: string }>()
        let tick = 0
        for (const { id, address, gone, enterprise } of steps) {
          tick++
          if (gone) {
            book.gone(id, tick, never)
            model.delete(id)
          } else {
            book.found(sighting(id, address, { enterprise }), tick, never)
            model.set(id, { address, enterprise })
          }
          const rows = [...model.values()]
          const held = new Set(rows.flatMap((row) => (row.address === null ? [] : [tokenOf(row.address)])))
          expect({
            size: book.size,
            tokens: book.tokens,
            held: addresses.map((each) => book.holds(tokenOf(each))),
            lines: Object.keys(linesOf(book)).sort(),
            sizes: ['1', '2'].map((each) => book.sizeOf(each)),
            enterprises: book.enterprises().sort(),
          }).toEqual({
            size: model.size,
            tokens: held.size,
            held: addresses.map((each) => held.has(tokenOf(each))),
            lines: [...held].sort(),
            sizes: ['1', '2'].map((each) => rows.filter((row) => row.enterprise === each).length),
            enterprises: ['1', '2'].filter((each) => rows.some((row) => row.enterprise === each)),
          })
        }
      }),
      { numRuns: 300 },
    )
  })
})
