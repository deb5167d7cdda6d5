import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Address } from './address.ts'
import { formatLine, parseLine, parseLines, SortedLines } from './lines.ts'
import { type Token, tokenOf } from './token.ts'

const a = 'a'.repeat(32)
const b = 'b'.repeat(32)
const c = 'c'.repeat(32)
const at = (host: string, port = 5900): Address => ({ host, port })

describe('a line', () => {
  test.each([
    [`${a}: 10.0.0.1:5900`, at('10.0.0.1')],
    [`${a}: 2001:db8::1:5900`, at('2001:db8::1')],
    [`${a}: ::1:5900`, at('::1')],
    [`${a}: kvm_1.example.com:1`, at('kvm_1.example.com', 1)],
    [`${a}: 10.0.0.1:65535`, at('10.0.0.1', 65_535)],
    [`${a}: 10.0.0.1:00080`, at('10.0.0.1', 80)],
  ])('%p is read', (line, address) => {
    expect(parseLine(line)).toEqual({ token: a, address })
  })

  test.each([
    '',
    a,
    `${a}:`,
    `${a}: `,
    `${a}: 10.0.0.1`,
    `${a}: 10.0.0.1:`,
    `${a}: :5900`,
    `${a}: 10.0.0.1:0`,
    `${a}: 10.0.0.1:65536`,
    `${a}: 10.0.0.1:65545`,
    `${a}: 10.0.0.1:-1`,
    `${a}: 10.0.0.1:5900 `,
    `${a}: 10.0.0.1:5900 # a comment`,
    `${a}: 10.0.0.1 :5900`,
    `${a}:10.0.0.1:5900`,
    `${a}:  10.0.0.1:5900`,
    `${a}\t10.0.0.1:5900`,
    ` ${a}: 10.0.0.1:5900`,
    `\ufeff${a}: 10.0.0.1:5900`,
    `# ${a}: 10.0.0.1:5900`,
    `${a}: [2001:db8::1]:5900`,
    `${a}: 2001:db8::1`,
    `${a}: 10.0.0.256:5900`,
    `${a.toUpperCase()}: 10.0.0.1:5900`,
    `${a}a: 10.0.0.1:5900`,
    `${a.slice(1)}: 10.0.0.1:5900`,
    `${a.slice(1)}g: 10.0.0.1:5900`,
    `${a}: 10.0.0.1:5900\n`,
    `${a}: kvm\u00e9:5900`,
  ])('%p is none', (line) => {
    expect(parseLine(line)).toBeNull()
  })

  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
  const port = fc.integer({ min: 1, max: 65_535 })

  test('that is written is read back as it was, for any address', () => {
    fc.assert(
      fc.property(host, port, (name, number) => {
        const address = at(name, number)
        const token = tokenOf(address)
        expect(parseLine(formatLine(token, address))).toEqual({ token, address })
      }),
      { numRuns: 1000 },
    )
  })

  test('that is read is of the one form that every websockify reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 24 }), (text) => {
        const parsed = parseLine(`${a}: ${text}`)
        if (parsed !== null) expect(formatLine(a, parsed.address)).toMatch(/^[0-9a-f]{32}: [\w.:-]+:[1-9]\d{0,4}$/)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('a file', () => {
  test.each([
    ['nothing', '', '', 0],
    ['a line without an end', `${a}: h:1`, `${a}: h:1\n`, 0],
    ['lines in any order', `${b}: h:1\n${a}: h:2\n`, `${a}: h:2\n${b}: h:1\n`, 0],
    ['duplicates, of which the last wins', `${a}: h:1\n${b}: h:3\n${a}: h:2\n`, `${a}: h:2\n${b}: h:3\n`, 0],
    ['lines that end with CR LF or blanks', `${a}: h:1\r\n${b}: h:2 \t\n`, `${a}: h:1\n${b}: h:2\n`, 0],
    ['blank lines', `\n  \n${a}: h:1\n\n`, `${a}: h:1\n`, 0],
    ['comments and rubbish', `# old\n${a}: h:1\nrubbish\n${b}: h:65545\n`, `${a}: h:1\n`, 3],
    ['rubbish that is no text', `\ufffd\0\n${a}: h:1\n`, `${a}: h:1\n`, 1],
  ])('of %s', (_, text, rendered, refused) => {
    const read = parseLines(text)
    expect({ rendered: read.lines.render(), refused: read.refused }).toEqual({ rendered, refused })
  })

  test('that was rendered is read back whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })), { maxLength: 200 }),
        (addresses) => {
          const lines = new SortedLines()
          for (const [ip, port] of addresses) lines.set(tokenOf(at(ip, port)), at(ip, port))
          const read = parseLines(lines.render())
          expect([read.refused, read.lines.render()]).toEqual([0, lines.render()])
        },
      ),
    )
  })
})

describe('sorted lines', () => {
  test('tell whether a change changed anything', () => {
    const lines = new SortedLines()
    expect([
      lines.set(b, at('h', 1)),
      lines.set(b, at('h', 1)),
      lines.set(b, at('h', 2)),
      lines.put(a, `${a}: h:3`),
      lines.put(a, `${a}: h:3`),
      lines.delete(c),
      lines.delete(b),
      lines.delete(b),
    ]).toEqual([true, false, true, true, false, false, true, false])
    expect(lines.render()).toBe(`${a}: h:3\n`)
  })

  test('answer for a token by the whole of it', () => {
    const lines = new SortedLines([`${b}: h:1`])
    const near = `${'b'.repeat(31)}a`
    const asked = [near, b, `${'b'.repeat(31)}c`, a, c]
    expect(asked.map((token) => [lines.has(token), lines.line(token), lines.isAt(token, at('h', 1))])).toEqual([
      [false, null, false],
      [true, `${b}: h:1`, true],
      [false, null, false],
      [false, null, false],
      [false, null, false],
    ])
    expect([lines.isAt(b, at('h', 11)), lines.isAt(b, at('h', 2))]).toEqual([false, false])
  })

  test('differ from others in the tokens that have another line there, or are in one of them only', () => {
    const of = (...texts: string[]) => new SortedLines(texts)
    expect([
      of().differing(of()),
      of(`${a}: h:1`, `${b}: h:1`).differing(of(`${b}: h:1`, `${a}: h:1`)),
      of(`${a}: h:1`).differing(of(`${a}: h:2`)),
      of(`${a}: h:1`).differing(of(`${a}: h:1`, `${b}: h:1`)),
      of(`${a}: h:1`)
        .differing(of(`${b}: h:1`))
        .sort(),
      of(`${a}: h:1`, `${b}: h:1`).differing(of(`${b}: h:1`)),
    ]).toEqual([[], [], [a], [b], [a, b], [a]])
  })

  test('are rendered as they were when that was asked for, whatever changes meanwhile', () => {
    const lines = new SortedLines()
    lines.change(
      new Map(Array.from({ length: 3500 }, (_, index) => [tokenOf(at('h', index + 1)), at('h', index + 1)])),
      new Set(),
    )
    const before = lines.render()
    const chunks = lines.chunks()
    for (const token of [...lines.tokens()].slice(0, 5)) lines.delete(token)
    let text = ''
    for (const chunk of chunks) {
      text += chunk
      // In the first piece, which moves all others.
      lines.set('0'.repeat(32), at('h', text.length))
      lines.delete([...lines.tokens()][3] ?? '')
      if (text.length > 100_000) lines.change(new Map([[a, at('h')]]), new Set(lines.tokens()))
    }
    expect(text === before).toBe(true)
  })

  type Step =
    | { readonly do: 'set'; readonly token: Token; readonly address: Address }
    | { readonly do: 'delete'; readonly token: Token }
    | { readonly do: 'change'; readonly put: readonly [Token, Address][]; readonly drop: readonly Token[] }

  // Few tokens, so that steps meet; some that differ late.
  const token = fc
    .nat(120)
    .map((number) => (number % 2 === 0 ? number.toString(16).padStart(32, '0') : number.toString(16).padEnd(32, 'f')))
  const address = fc.record({ host: fc.constantFrom('h', '10.0.0.1', '::1'), port: fc.integer({ min: 1, max: 12 }) })
  const many = { maxLength: 100 }
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ do: fc.constant('set' as const), token, address }),
    fc.record({ do: fc.constant('delete' as const), token }),
    fc.record({
      do: fc.constant('change' as const),
      put: fc.array(fc.tuple(token, address), many),
      drop: fc.array(token, many),
    }),
  )

  test('do what a plain map would, and stay sorted', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lines = new SortedLines()
        const model = new Map<Token, Address>()
        for (const each of steps) {
          if (each.do === 'set') {
            lines.set(each.token, each.address)
            model.set(each.token, each.address)
          } else if (each.do === 'delete') expect(lines.delete(each.token)).toBe(model.delete(each.token))
          else {
            lines.change(new Map(each.put), new Set(each.drop))
            for (const gone of each.drop) model.delete(gone)
            for (const [put, where] of each.put) model.set(put, where)
          }
        }
        const sorted = [...model].sort(([x], [y]) => (x < y ? -1 : 1))
        expect({ size: lines.size, tokens: [...lines.tokens()], text: lines.render() }).toEqual({
          size: model.size,
          tokens: sorted.map(([key]) => key),
          text: sorted.map(([key, { host, port }]) => `${key}: ${host}:${port}\n`).join(''),
        })
      }),
      { numRuns: 500 },
    )
  })

  test('take many changes at once as they take them one by one', () => {
    const one = new SortedLines()
    const all = new SortedLines()
    const tokens = Array.from({ length: 500 }, (_, index) => tokenOf(at('10.0.0.1', index + 1)))
    for (const lines of [one, all]) lines.change(new Map(tokens.map((each) => [each, at('h', 1)])), new Set())
    const put = new Map(tokens.slice(0, 200).map((each) => [each, at('h', 2)]))
    const drop = new Set(tokens.slice(100, 400))
    all.change(put, drop)
    for (const each of drop) one.change(new Map(), new Set([each]))
    for (const [each, where] of put) one.change(new Map([[each, where]]), new Set())
    expect(all.render()).toBe(one.render())
    expect(all.size).toBe(300)
  })
})
