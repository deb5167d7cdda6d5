import { describe, expect, test } from 'bun:test'
import { redisKeys } from './keys.ts'
import {
  leaseScript,
  noteScript,
  readLease,
  readNote,
  readRenew,
  readVersion,
  readWrite,
  readYielded,
  releaseScript,
  renewLeaseScript,
  renewScript,
  Scripts,
  writeScript,
} from './scripts.ts'

const [a, b, c] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const
const scripts = new Scripts(redisKeys('ns'), 'me', 6000, 60)
const beside = ['novnc-tokens:ns:leader', 'novnc-tokens:ns:tokens', 'novnc-tokens:ns:state', 'novnc-tokens:ns:able']

describe('a call names all its keys and begins with who calls', () => {
  test.each<[string, readonly unknown[], readonly unknown[]]>([
    ['the lease', scripts.lease(null), [leaseScript, 4, ...beside, 'me/0', 6000, 'me', 0, '', 2500]],
    [
      'the lease of the next term',
      scripts.next().lease(true),
      [leaseScript, 4, ...beside, 'me/1', 6000, 'me', 1, 'sees', 2500],
    ],
    [
      'a renewal of the lease',
      scripts.renewLease(false),
      [renewLeaseScript, 4, ...beside, 'me/0', 6000, 'me', 'blind', 2500],
    ],
    [
      'a write, puts first',
      scripts.write(
        [
          [a, null],
          [b, 'h:1'],
          [c, 'i:2'],
        ],
        99,
      ),
      [
        writeScript,
        7,
        ...beside,
        `ns:${b}`,
        `ns:${c}`,
        `ns:${a}`,
        'me/0',
        6000,
        99,
        60,
        2,
        '{"host":"h:1"}',
        '{"host":"i:2"}',
        b,
        c,
        a,
      ],
    ],
    ['a renewal', scripts.renew([a, b]), [renewScript, 6, ...beside, `ns:${a}`, `ns:${b}`, 'me/0', 6000, 60, a, b]],
    ['a note of the time', scripts.noteTime(99), [noteScript, 4, ...beside, 'me/0', 6000, 'at', 99]],
    ['a note of the expiry', scripts.noteTtl(), [noteScript, 4, ...beside, 'me/0', 6000, 'ttl', 60]],
    ['the release', scripts.release(), [releaseScript, 1, 'novnc-tokens:ns:leader', 'me/0']],
  ])('%s', (_, call, expected) => expect(call).toEqual(expected))

  test('keys that live for ever have no expiry', () => {
    expect(new Scripts(redisKeys(''), 'me', 6000, null).noteTtl().at(-1)).toBe(0)
  })
})

test('every script that writes compares the lease first', () => {
  for (const script of [renewLeaseScript, writeScript, renewScript, noteScript, releaseScript]) {
    expect(script.trim()).toStartWith("if redis.call('get', KEYS[1]) ~= ARGV[1] then return")
  }
})

describe('an answer', () => {
  test('is read', () => {
    expect({
      lease: readLease([1, 5, 9, 'other', '60', '7']),
      versions: [readVersion([1, 5, 9, 'other', '60', '7']), readVersion([0, '8']), readVersion([0])],
      write: readWrite([1, 5, 9, 2]),
      note: readNote([1, 5, 9]),
      renew: readRenew([1, 4]),
      yielded: [readYielded([2]), readYielded([0]), readYielded([1, 5, 9, '', '', '7'])],
    }).toEqual({
      lease: { tokens: 5, keys: 9, writer: 'other', ttl: '60' },
      versions: [7, 8, null],
      write: { tokens: 5, keys: 9, removed: 2 },
      note: { tokens: 5, keys: 9 },
      renew: 4,
      yielded: [true, false, false],
    })
  })

  test.each<[unknown]>([[[0]], [[2]], [null], ['OK'], [[]]])('without the lease is none: %p', (answer) => {
    expect([readLease(answer), readWrite(answer), readNote(answer), readRenew(answer)]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })
})
