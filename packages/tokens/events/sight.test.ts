import { describe, expect, test } from 'bun:test'
import type { Change } from '../book/book.ts'
import { Sight } from './sight.ts'

const graceMs = 5000

function change(id: string, announced = false): Change {
  return { token: `token of ${id}`, address: { host: 'h', port: 1 }, id, announced }
}

/** One list after another, with what it found that no event announced; tells what was judged of each. */
function judged(sight: Sight, lists: readonly (readonly string[])[], from = 0): ('blind' | 'sighted' | null)[] {
  return lists.map((ids, index) => {
    const now = from + index * 60_000
    sight.found(ids.map((id) => change(id)))
    sight.listed(now, true)
    return sight.judge(now + graceMs)
  })
}

describe('the watch', () => {
  test.each<[string, string[][], ('blind' | 'sighted' | null)[]]>([
    ['sees where lists find nothing new', [[], [], []], [null, null, null]],
    ['may miss something once', [['1'], [], ['2'], []], [null, null, null, null]],
    ['is blind when two lists in a row find something', [['1'], ['2']], [null, 'blind']],
    ['is said to be blind once', [['1'], ['2'], ['3'], ['4']], [null, 'blind', null, null]],
    ['stays blind while it is merely quiet', [['1'], ['1'], [], [], []], [null, 'blind', null, null, null]],
    ['stays blind when it is healed by half', [['1'], ['1'], [], ['2'], []], [null, 'blind', null, null, null]],
  ])('%s', (_, lists, told) => {
    expect(judged(new Sight(), lists)).toEqual(told)
  })

  test('sees again after an event and two lists in a row that find nothing, and may go blind again', () => {
    const sight = new Sight()
    expect(judged(sight, [['1'], ['1']])).toEqual([null, 'blind'])
    sight.announced('2')
    expect(judged(sight, [[], []])).toEqual([null, 'sighted'])
    expect(judged(sight, [['1'], ['1'], [], []])).toEqual([null, 'blind', null, null])
  })

  test('is not judged by what events announced', () => {
    const sight = new Sight()
    for (const now of [0, 60_000, 120_000]) {
      sight.found([change('1', true)])
      sight.listed(now, true)
      expect(sight.judge(now + graceMs)).toBeNull()
    }
    expect(sight.status()).toEqual({ blind: false, hint: null, unannounced: 0 })
  })

  test('is not judged by lists of a time in which it could not have seen everything', () => {
    const sight = new Sight()
    sight.found([change('1')])
    sight.listed(0, false)
    expect([sight.judgeAt, sight.judge(1e9)]).toEqual([Infinity, null])
    expect(judged(sight, [['2']])).toEqual([null])
    expect(sight.status().unannounced).toBe(1)
  })
})

describe('an event may come a moment after a list has found what it tells:', () => {
  test('within its time of grace it still speaks for the change', () => {
    const sight = new Sight()
    sight.found([change('1'), change('2')])
    sight.listed(1000, true)
    sight.announced('1')
    sight.announced('2')
    expect([sight.judgeAt, sight.judge(1000 + graceMs - 1), sight.judge(1000 + graceMs)]).toEqual([
      1000 + graceMs,
      null,
      null,
    ])
    expect(sight.status().unannounced).toBe(0)
  })

  test('and before the list has ended too', () => {
    const sight = new Sight()
    sight.found([change('1')])
    sight.announced('1')
    sight.listed(1000, true)
    sight.judge(1000 + graceMs)
    expect(sight.status().unannounced).toBe(0)
  })

  test('lists that follow each other quickly are judged one by one', () => {
    const sight = new Sight()
    sight.found([change('1')])
    sight.listed(0, true)
    sight.found([change('2')])
    sight.listed(1000, true)
    expect([
      sight.judge(graceMs),
      sight.judgeAt,
      sight.judge(graceMs),
      sight.judge(graceMs + 1000),
      sight.judgeAt,
    ]).toEqual([null, graceMs + 1000, null, 'blind', Infinity])
  })
})

describe('the status', () => {
  test('counts VMs, not tokens, that changed unannounced', () => {
    const sight = new Sight()
    sight.found([change('1'), change('1'), change('2')])
    judged(sight, [[]])
    expect(sight.status().unannounced).toBe(2)
  })

  test('names the privilege that deploys need to be seen', () => {
    const sight = new Sight()
    judged(sight, [['1'], ['2']])
    expect(sight.status()).toEqual({
      blind: true,
      hint: expect.stringContaining('VAPP_DEPLOY_UNDEPLOY'),
      unannounced: 2,
    })
  })

  test('names the one that moves need, where VMs only changed their address', () => {
    const sight = new Sight()
    judged(sight, [
      ['1', '1'],
      ['2', '2'],
    ])
    expect(sight.status().hint).toContain('PHYS_DC_ALLOW_MODIFY_SERVERS')
  })

  test('names none once the watch sees again', () => {
    const sight = new Sight()
    judged(sight, [['1'], ['2']])
    sight.announced('3')
    judged(sight, [[], []])
    expect(sight.status()).toEqual({ blind: false, hint: null, unannounced: 2 })
  })
})
