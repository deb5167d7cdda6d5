import { describe, expect, test } from 'bun:test'
import { isElsewhere, type LeftOut, Selection, type SelectionOptions } from './selection.ts'

const both: SelectionOptions = { datacenters: ['1', '2'], enterprises: ['4', '5'], excludedEnterprises: ['5'] }
const excluding: SelectionOptions = { excludedEnterprises: ['5'] }

test.each<[string, SelectionOptions, enterprise: string | null, datacenter: string | null, LeftOut | null, boolean]>([
  ['nothing', {}, null, null, null, true],
  ['nothing', {}, '4', '1', null, true],
  ['datacenters', { datacenters: ['1', '2'] }, '4', '2', null, true],
  ['datacenters', { datacenters: ['1', '2'] }, null, '2', null, true],
  ['datacenters', { datacenters: ['1', '2'] }, '4', '3', 'other-datacenter', false],
  ['datacenters', { datacenters: ['1', '2'] }, '4', null, 'no-datacenter', true],
  ['enterprises', { enterprises: ['4'] }, '4', null, null, true],
  ['enterprises', { enterprises: ['4'] }, '44', null, 'other-enterprise', false],
  ['enterprises', { enterprises: ['4'] }, null, '1', 'no-enterprise', true],
  ['all but one enterprise', excluding, '4', null, null, true],
  ['all but one enterprise', excluding, '5', null, 'other-enterprise', false],
  ['all but one enterprise', excluding, null, null, 'no-enterprise', true],
  ['some of each', both, '4', '1', null, true],
  ['some of each', both, '5', '1', 'other-enterprise', false],
  ['some of each', both, '6', '3', 'other-enterprise', false],
  ['some of each', both, '4', '3', 'other-datacenter', false],
  ['some of each', both, null, '3', 'no-enterprise', false],
  ['some of each', both, null, null, 'no-enterprise', true],
])('of %s chosen (%j), a VM of enterprise %p in datacenter %p is left out as %p', (_, options, ...facts) => {
  const [enterprise, datacenter, leftOut, mayAdmit] = facts
  const selection = new Selection(options)
  const told = { enterprise, datacenter }
  expect([selection.leftOut(told), selection.admits(told), selection.mayAdmit(told)]).toEqual([
    leftOut,
    leftOut === null,
    mayAdmit,
  ])
})

describe('the enterprises that are listed', () => {
  test.each<[SelectionOptions, listed: string[], named: string[]]>([
    [{}, ['4', '5', '6'], []],
    [{ datacenters: ['1'] }, ['4', '5', '6'], []],
    [{ enterprises: ['4', '6'] }, ['4', '6'], ['4', '6']],
    [excluding, ['4', '6'], []],
    [both, ['4'], ['4']],
  ])('of %j', (options, listed, named) => {
    const selection = new Selection(options)
    expect([['4', '5', '6'].filter((id) => selection.hasEnterprise(id)), selection.enterprises]).toEqual([
      listed,
      named,
    ])
  })

  test('cannot all be excluded', () => {
    expect(() => new Selection({ enterprises: ['4'], excludedEnterprises: ['4', '5'] })).toThrow(RangeError)
  })
})

test('datacenters matter only where some are chosen', () => {
  expect([{}, { datacenters: [] }, { datacenters: ['1'] }].map((each) => new Selection(each).byDatacenter)).toEqual([
    false,
    false,
    true,
  ])
})

test('what a VM does not tell yet proves nothing', () => {
  const reasons = ['other-datacenter', 'no-datacenter', 'other-enterprise', 'no-enterprise', null, undefined] as const
  expect(reasons.map(isElsewhere)).toEqual([true, false, true, false, false, false])
})
