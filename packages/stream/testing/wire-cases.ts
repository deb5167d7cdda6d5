import type { SseMessage } from '../sse/sse-message.ts'

/** What a stream of events tells its reader. */
export interface Told {
  readonly messages: readonly SseMessage[]
  readonly comments: readonly string[]
  /** Each time the server asks for between connections, in milliseconds. */
  readonly retryTimes: readonly number[]
  /** What `Last-Event-ID` would say after it. */
  readonly lastEventId: string
}

/** One stream, and what it means by the standard (WHATWG HTML, 9.2.5 and 9.2.6). */
export interface WireCase {
  readonly what: string
  /** Text that is sent as UTF-8, or bytes. */
  readonly wire: string | Uint8Array
  readonly told: Told
}

/** A message as the table has it: its data alone, or what differs from a message without type and id. */
type Brief = string | Partial<SseMessage>

function wireCase(
  what: string,
  wire: string | Uint8Array,
  messages: readonly Brief[],
  rest: Partial<Omit<Told, 'messages'>> = {},
): WireCase {
  const full = messages.map((brief): SseMessage => {
    return { type: 'message', data: '', id: '', ...(typeof brief === 'string' ? { data: brief } : brief) }
  })
  return { what, wire, told: { messages: full, comments: [], retryTimes: [], lastEventId: '', ...rest } }
}

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))))

const long = 'x'.repeat(1500)
const padding = ' '.repeat(2000)

/** The rules of the standard, one by one. */
export const standardCases: readonly WireCase[] = [
  // Line ends.
  wireCase('lines that end in LF', 'data: a\ndata: b\n\n', ['a\nb']),
  wireCase('lines that end in CR', 'data: a\rdata: b\r\r', ['a\nb']),
  wireCase('lines that end in CRLF', 'data: a\r\ndata: b\r\n\r\n', ['a\nb']),
  wireCase('lines that end in all ways', 'data: a\rdata: b\r\ndata: c\n\rdata: d\n\r\n', ['a\nb\nc', 'd']),
  wireCase('LF and then CR, which are two ends', 'data: a\n\rdata: b\n\n', ['a', 'b']),
  wireCase('CR, CR and LF, which are two ends', 'data: a\r\r\ndata: b\n\n', ['a', 'b']),
  wireCase('CRLF and LF, which are two ends', 'data: a\r\n\ndata: b\r\n\n', ['a', 'b']),
  wireCase('an empty line before the first field', '\ndata: a\n\n', ['a']),
  wireCase('empty lines between messages', '\n\n\r\n\rdata: a\n\n\n\n\r\rdata: b\n\n\n', ['a', 'b']),
  wireCase('line ends of other scripts, which are none', 'data: a\u2028b\u2029c\u0085d\u000be\u000c\n\n', [
    'a\u2028b\u2029c\u0085d\u000be\u000c',
  ]),
  // Data.
  wireCase('one blank after the colon', 'data: a\n\ndata:b\n\ndata:  c\n\ndata:\td\n\n', ['a', 'b', ' c', '\td']),
  wireCase('blanks at the end', 'data: a \n\n', ['a ']),
  wireCase('data without a colon', 'data\n\n', ['']),
  wireCase('data without a colon, twice', 'data\ndata\n\n', ['\n']),
  wireCase('empty data', 'data:\n\ndata: \n\n', ['', '']),
  wireCase('data of nothing but a blank', 'data:  \n\n', [' ']),
  wireCase('several lines of data', 'data: YHOO\ndata: +2\ndata: 10\n\n', ['YHOO\n+2\n10']),
  wireCase('empty lines of data between others', 'data:\ndata: a\ndata:\ndata\ndata: b\ndata:\n\n', ['\na\n\n\nb\n']),
  wireCase('colons in data', 'data: a:b: c\n\ndata::\n\n', ['a:b: c', ':']),
  wireCase('JSON', 'data: {"a": "b"}\n\n', ['{"a": "b"}']),
  wireCase('a long message', `data: ${long}\n\n`, [long]),
  wireCase('two messages of two lines', 'data: a\ndata: b\n\ndata: c\ndata: d\n\n', ['a\nb', 'c\nd']),
  // Characters.
  wireCase('characters of all lengths', 'data: é€😀\u0000\n\n', ['é€😀\u0000']),
  wireCase('a type, an id and a comment beyond ASCII', 'event: é\nid: €\n:😀\ndata\n\n', [{ type: 'é', id: '€' }], {
    comments: ['😀'],
    lastEventId: '€',
  }),
  wireCase(
    'bytes that are no UTF-8, which become replacement characters',
    bytes('data: a', [0xff, 0xc3], '\n\ndata: b\n\n'),
    ['a\ufffd\ufffd', 'b'],
  ),
  wireCase('a character that is cut off by a line end', bytes('data: ', [0xf0, 0x9f, 0x98], '\ndata: b\n\n'), [
    '\ufffd\nb',
  ]),
  wireCase('a lone half of a pair', bytes('data: ', [0xed, 0xa0, 0x80], '\n\n'), ['\ufffd\ufffd\ufffd']),
  // Comments and unknown lines.
  wireCase('comments', ': c\ndata: a\n:\n:data: x\ndata: b\n\n:  d\n\n', ['a\nb'], {
    comments: ['c', '', 'data: x', ' d'],
  }),
  wireCase('a comment only', ':heartbeat\n\n', [], { comments: ['heartbeat'] }),
  wireCase('unknown fields', 'foo: x\ndata: a\nDATA: x\nData: x\n data: x\ndata : x\ndatax: x\ndat: x\ndat\nfoo\n\n', [
    'a',
  ]),
  wireCase(
    'unknown fields that begin as known ones',
    'i: x\nidx: 1\neventx: y\nretryx: 5\nevent\u0000: z\ndata: a\n\n',
    ['a'],
  ),
  wireCase('a message of an unknown field', 'foo: x\n\ndata: a\n\n', ['a']),
  // Types.
  wireCase('a type', 'event: add\ndata: a\n\ndata: b\n\n', [{ type: 'add', data: 'a' }, 'b']),
  wireCase('a type after the data', 'data: a\nevent: add\n\n', [{ type: 'add', data: 'a' }]),
  wireCase('the last of several types', 'event: add\nevent: remove\ndata: a\n\n', [{ type: 'remove', data: 'a' }]),
  wireCase('a type without data, which is forgotten', 'event: add\n\ndata: b\n\n', ['b']),
  wireCase('a type that is taken back', 'event: add\nevent:\ndata: a\n\nevent: add\nevent\ndata: b\n\n', ['a', 'b']),
  wireCase('a type with blanks', 'event:  a b \ndata\n\n', [{ type: ' a b ' }]),
  // Ids.
  wireCase(
    'an id, which stays',
    'data: a\nid: 1\n\ndata: b\n\nid: 2\n\ndata: c\n\n',
    [
      { id: '1', data: 'a' },
      { id: '1', data: 'b' },
      { id: '2', data: 'c' },
    ],
    { lastEventId: '2' },
  ),
  wireCase('an id of a block without data', 'id: 1\n\n', [], { lastEventId: '1' }),
  wireCase('an id whose block does not end, which is forgotten', 'id: 1\ndata\n\nid: 2\ndata: b\n', [{ id: '1' }], {
    lastEventId: '1',
  }),
  wireCase('an id that is taken back', 'id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n', [
    { id: '1', data: 'a' },
    'b',
    'c',
  ]),
  wireCase('an id that is taken back by a colon', 'id: 1\n\nid:\n\nid: \n\ndata: b\n\n', ['b']),
  wireCase(
    'an id with NUL, which is ignored',
    'id: 1\ndata: a\n\nid: 2\u00003\ndata: b\n\nid: 4\nid: \u0000\ndata: c\n\n',
    [
      { id: '1', data: 'a' },
      { id: '1', data: 'b' },
      { id: '4', data: 'c' },
    ],
    { lastEventId: '4' },
  ),
  wireCase('an id of nothing but zeros and blanks', 'id:  0 \ndata\n\n', [{ id: ' 0 ' }], { lastEventId: ' 0 ' }),
  // Times to reconnect after.
  wireCase('a time', 'retry: 5000\n\nretry:7\nretry: 007\n', [], { retryTimes: [5000, 7, 7] }),
  wireCase(
    'times that are no digits, which are ignored',
    'retry: x\nretry: -1\nretry: 1.5\nretry: 5s\nretry:  5\nretry: 5 \nretry:\nretry\nretry: +5\nretry: 0x5\nretry: ٥\n\n',
    [],
  ),
  wireCase('a time in a message', 'data: a\nretry: 5\n\n', ['a'], { retryTimes: [5] }),
  // The beginning.
  wireCase('a byte order mark', '\ufeffdata: a\n\n', ['a']),
  wireCase('a byte order mark and a comment', '\ufeff:c\ndata: a\n\n', ['a'], { comments: ['c'] }),
  wireCase('a second byte order mark, which is a part of the name', '\ufeff\ufeffdata: a\n\ndata: b\n\n', ['b']),
  wireCase('a byte order mark later, which is a character', 'data: \ufeffa\n\n\ufeffdata: b\n\n', ['\ufeffa']),
  wireCase('a byte order mark after an empty line', '\n\ufeffdata: a\n\ndata: b\n\n', ['b']),
  wireCase('a byte order mark that was encoded twice', 'ï»¿data: a\n\ndata: b\n\n', ['b']),
  wireCase('a piece of a byte order mark', bytes([0xef, 0xbb], 'data: a\n\ndata: b\n\n'), ['b']),
  wireCase('nothing', '', []),
  wireCase('nothing but a byte order mark', '\ufeff', []),
  // The end.
  wireCase('a message without its empty line, which is dropped', 'data: a\n\ndata: b\n', ['a']),
  wireCase('a message without its line end, which is dropped', 'data: a\n\ndata: b', ['a']),
  wireCase('a message that ends with the first CR of its empty line', 'data: a\r\n\r', ['a']),
]

/** What the versions of Atmosphere send. */
export const dialectCases: readonly WireCase[] = [
  wireCase('1.0: a blank message of padding', `data:${padding}\n\n\ndata:{"a":1}\n\n`, [padding.slice(1), '{"a":1}']),
  wireCase('1.1 to 2.0: padding that is glued to the first message', `${padding}\ndata:{"a":1}\n\n`, ['{"a":1}']),
  wireCase(
    '2.1 and 2.2: line ends of two kinds and a blank heartbeat',
    `${padding}\ndata:{"a":1}\r\n\r\ndata: \r\n\r\ndata:{"a":2}\r\n\r\n`,
    ['{"a":1}', '', '{"a":2}'],
  ),
  wireCase('2.3 and later: a heartbeat of X', `${padding}\ndata:{"a":1}\r\n\r\ndata:X\r\n\r\n`, ['{"a":1}', 'X']),
]
