import { expect, test } from 'bun:test'
import type { PlatformEvent } from '@novnc-tokens/api'
import { eventJson } from './event-json.ts'
import { eventLine } from './event-line.ts'
import { allowsColours } from './terminal.ts'
import { anEvent } from './testing.ts'

const start = '2026-11-20 10:02:03  '

test.each<[string, Partial<PlatformEvent>, string]>([
  [
    'all it tells',
    {},
    `${start}INFO   VIRTUAL_MACHINE DEPLOY_FINISH  web1  by admin  The virtual machine was deployed`,
  ],
  [
    'its path where it has no name',
    { entityName: null, entityPath: '/a/1', message: null },
    `${start}INFO   VIRTUAL_MACHINE DEPLOY_FINISH  /a/1  by admin`,
  ],
  [
    'the name among the details of an old one',
    { format: 'legacy', entityName: null, userName: null, details: { VIRTUAL_MACHINE_NAME: 'web1' }, message: null },
    `${start}INFO   VIRTUAL_MACHINE DEPLOY_FINISH  web1  by /admin/enterprises/1/users/1`,
  ],
  [
    'little where little is known',
    {
      timestamp: null,
      severity: null,
      entity: null,
      entityName: null,
      entityPath: null,
      userName: null,
      userPath: null,
      message: null,
    },
    '-                    -      DEPLOY_FINISH  by system',
  ],
  [
    'an error beside the message',
    { severity: 'ERROR', errorCode: 'VM-1', errorMessage: 'No host', message: 'Failed' },
    `${start}ERROR  VIRTUAL_MACHINE DEPLOY_FINISH  web1  by admin  Failed (VM-1: No host)`,
  ],
  [
    'an error without a message',
    { severity: 'WARN', errorCode: null, errorMessage: 'No host', message: null },
    `${start}WARN   VIRTUAL_MACHINE DEPLOY_FINISH  web1  by admin  No host`,
  ],
  [
    'control characters as escapes',
    { entityName: 'a\u001b[2J\nb', userName: '\u202eevil', message: 'x\ty\u009b' },
    `${start}INFO   VIRTUAL_MACHINE DEPLOY_FINISH  a\\u001b[2J\\nb  by \\u202eevil  x\\ty\\u009b`,
  ],
])('a line shows %s', (_, changes, line) => {
  expect(eventLine(anEvent(changes), { colours: false })).toBe(line)
})

test('a long message is shown whole', () => {
  const message = 'long '.repeat(5000)
  expect(eventLine(anEvent({ message }), { colours: false })).toEndWith(message)
})

test.each<[string | null, string]>([
  ['ERROR', '\u001b[31mERROR\u001b[0m  '],
  ['WARN', '\u001b[33mWARN \u001b[0m  '],
  ['INFO', '\u001b[32mINFO \u001b[0m  '],
  ['FATAL', 'FATAL  '],
  [null, '-      '],
])('severity %s has its colour', (severity, shown) => {
  expect(eventLine(anEvent({ severity }), { colours: true })).toStartWith(`${start}${shown}VIRTUAL_MACHINE`)
})

test.each<[Record<string, string>, boolean]>([
  [{}, true],
  [{ NO_COLOR: '', TERM: 'xterm' }, true],
  [{ NO_COLOR: '1' }, false],
  [{ TERM: 'dumb' }, false],
])('with %j colours are allowed: %p', (environment, allowed) => {
  expect(allowsColours(environment)).toBe(allowed)
})

test('as JSON an event is its fields, with a mark where it was missed first', () => {
  const event = anEvent({ message: 'a\n\u009b\u202e"' })
  const [live, recovered] = [eventJson(event, false), eventJson(event, true)]
  expect([JSON.parse(live), JSON.parse(recovered)]).toEqual([event, { ...event, recovered: true }])
  expect(live).toMatch(/^[\u0020-\u007e]+$/)
})
