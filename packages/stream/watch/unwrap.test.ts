import { expect, test } from 'bun:test'
import { unwrap } from './unwrap.ts'

const cases: readonly (readonly [what: string, data: string, json: string | null])[] = [
  ['an event', '{"action":"X"}', '{"action":"X"}'],
  ['an event with blanks around it', ' \r\n{"action":"X"}\t ', '{"action":"X"}'],
  ['an event with its length before it', '14|{"action":"X"}', '{"action":"X"}'],
  ['an event with its length and blanks', '  14|{"action":"X"}\n', '{"action":"X"}'],
  ['an event that was cut, which is for others to find', '{"action":', '{"action":'],
  ['a heartbeat of 2.3 and later', 'X', null],
  ['a heartbeat of 2.1 and 2.2', ' ', null],
  ['a heartbeat with its length', '1|X', null],
  ['the padding of 1.0', ' '.repeat(2000), null],
  ['nothing', '', null],
  ['a length alone', '14|', null],
  ['a list', '[{"action":"X"}]', null],
  ['an event behind something else', 'X{"action":"X"}', null],
  ['an event behind what is no length', 'a|{"action":"X"}', null],
  ['an event behind two lengths', '1|2|{}', null],
]

test.each(cases)('%s', (_, data, json) => {
  expect(unwrap(data)).toBe(json)
})
