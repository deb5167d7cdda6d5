import { expect, test } from 'bun:test'
import { journalOnStderr } from './journal.ts'

const stderr = () => '8:12345'
const closed = () => {
  throw new Error('EBADF')
}

test.each<[string, Record<string, string>, () => string, boolean]>([
  ['named and the same', { JOURNAL_STREAM: '8:12345' }, stderr, true],
  ['redirected elsewhere', { JOURNAL_STREAM: '8:99' }, stderr, false],
  ['not named', {}, stderr, false],
  ['empty', { JOURNAL_STREAM: '' }, () => '', false],
  ['closed', { JOURNAL_STREAM: '8:12345' }, closed, false],
])("with journald's stream %s", (_, environment, id, expected) => {
  expect(journalOnStderr(environment, id)).toBe(expected)
})
