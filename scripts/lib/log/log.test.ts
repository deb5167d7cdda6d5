import { expect, test } from 'bun:test'
import { createLogger, type Logger, type LoggerOptions } from './log.ts'

function lines(use: (log: Logger) => void, options: Partial<LoggerOptions> = {}): string[] {
  const written: string[] = []
  use(
    createLogger({
      format: 'text',
      level: 'info',
      secrets: () => [],
      write: (line) => written.push(line),
      now: () => new Date('2026-11-20T10:00:00Z'),
      journal: false,
      ...options,
    }),
  )
  return written
}

test.each<[string, (log: Logger) => void, string]>([
  ['a bare message', (log) => log.info('started'), 'info  started'],
  [
    'fields',
    (log) => log.warn({ added: 3, file: '/a b', ok: true, none: null }, 'file written'),
    'warn  file written added=3 file="/a b" ok=true none=null',
  ],
  [
    'lists and objects',
    (log) => log.info({ list: ['a', 1], of: { x: 'y z' } }, 'm'),
    'info  m list=["a",1] of={"x":"y z"}',
  ],
  [
    'strings that would read as more',
    (log) => log.info({ a: '', b: 'x=y', c: 'q"', d: '\\' }, 'm'),
    'info  m a="" b="x=y" c="q\\"" d="\\\\"',
  ],
  ['an odd key', (log) => log.info({ 'a b=\n': 1 }, 'm'), 'info  m a_b_\\n=1'],
  [
    'an error with its causes',
    (log) => log.error({ err: new TypeError('no', { cause: new Error('why') }) }, 'failed'),
    'error failed err="no: why"',
  ],
  ['an error alone', (log) => log.error(new Error('no')), 'error no err=no'],
  ['a child of the logger', (log) => log.child({ output: 'file' }).info({ n: 1 }, 'm'), 'info  m output=file n=1'],
])('%s in text', (_, use, line) => {
  expect(lines(use)).toEqual([`2026-11-20T10:00:00.000Z ${line}\n`])
})

test('nothing from upstream makes a line of its own or steers the terminal', () => {
  const forged = 'vm\n2026-11-20T10:00:00.000Z error forged\u001b[2J\u009b'
  const text = lines((log) => log.info({ name: forged }, `read ${forged}`))
  const json = lines((log) => log.info({ name: forged }, `read ${forged}`), { format: 'json' })
  for (const line of [...text, ...json]) expect(line).toMatch(/^[^\u0000-\u001f\u007f-\u009f]*\n$/)
  expect(JSON.parse(json[0] ?? '')).toMatchObject({ name: forged, msg: `read ${forged}` })
})

test('fields cannot take the place of level, time and message', () => {
  const use = (log: Logger) => log.info({ level: 'error', time: 'never', msg: 'forged' }, 'true')
  expect(lines(use, { format: 'json' })).toEqual([
    '{"level":"info","time":"2026-11-20T10:00:00.000Z","msg":"true","level_":"error","time_":"never","msg_":"forged"}\n',
  ])
  expect(lines(use)[0]).toStartWith('2026-11-20T10:00:00.000Z info  true ')
})

test('under journald a line has its priority and no time', () => {
  const use = (log: Logger) => {
    log.debug('d')
    log.info('i')
    log.warn('w')
    log.error('e')
  }
  expect(lines(use, { journal: true, level: 'debug' })).toEqual(['<7>d\n', '<6>i\n', '<4>w\n', '<3>e\n'])
})

test.each(['text', 'json'] as const)('secrets are replaced wherever they stand, in %s', (format) => {
  const secrets = ['hunter2', 'hunter2-long', 'pa"ss', 'abc']
  const use = (log: Logger) =>
    log
      .child({ child: 'xhunter2x' })
      .info({ deep: [{ hunter2: 'pa"ss' }], n: 'hunter2-long', err: new Error('hunter2') }, 'hunter2 abc')
  const [line = ''] = lines(use, { format, secrets: () => secrets })
  expect(line).not.toMatch(/hunter2|-long|pa\\*"ss/)
  expect(line).toContain('[secret] abc')
})

test('a secret that changes at a reload is replaced from then on', () => {
  let secrets = ['first']
  const written = lines(
    (log) => {
      log.info('first second')
      secrets = ['second']
      log.info('first second')
    },
    { secrets: () => secrets, journal: true },
  )
  expect(written).toEqual(['<6>[secret] second\n', '<6>first [secret]\n'])
})

test('the level filters, and can be changed', () => {
  const written = lines(
    (log) => {
      log.info('one')
      log.level = 'info'
      log.info('two')
      log.debug('three')
    },
    { level: 'warn', journal: true },
  )
  expect(written).toEqual(['<6>two\n'])
})

test('the stack of an error shows at level debug only, in one line', () => {
  const use = (log: Logger) => log.error({ err: new Error('no') }, 'failed')
  expect(lines(use)[0]).not.toContain('stack=')
  expect(lines(use, { level: 'debug' })[0]).toMatch(/ err=no stack="Error: no\\n +at .*"\n$/)
})

test('of an error nothing but type and message is logged', () => {
  const error = Object.assign(new Error('no'), { body: 'password=5', code: 'E' })
  const [line = ''] = lines((log) => log.error({ err: error }, 'failed'), { format: 'json' })
  expect(JSON.parse(line)).toMatchObject({ err: { type: 'Error', message: 'no' } })
  expect(line).not.toContain('body')
})
