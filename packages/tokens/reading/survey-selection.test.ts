import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { Book } from '../book/book.ts'
import { Selection, type SelectionOptions } from '../book/selection.ts'
import { Ticks } from '../book/tick.ts'
import type { Note } from '../keeper/note.ts'
import { FakePlatform, proxy404, vmPath, vmsPath } from '../testing/fake-platform.ts'
import { ports } from '../testing/keeping.ts'
import { Coverage } from './coverage.ts'
import { Sightings } from './sightings.ts'
import { Survey, type SurveyOptions } from './survey.ts'

const { signal } = new AbortController()

/** A survey of a fake platform with a selection. */
function surveying(selection: SelectionOptions, options: Partial<SurveyOptions> = {}) {
  const clock = new FakeClock()
  const platform = new FakePlatform(clock)
  const book = new Book()
  const coverage = new Coverage()
  const notes: Note[] = []
  const note = (each: Note) => notes.push(each)
  const survey = new Survey({
    inventory: platform,
    book,
    coverage,
    sightings: new Sightings(note, new Selection(selection)),
    ticks: new Ticks(),
    concurrency: 6,
    clock,
    random: () => 0,
    announced: () => false,
    note,
    onChanges: () => {},
    ...options,
  })
  const tokens = () => [...book.lines()].map(([, { port }]) => port).sort((a, b) => a - b)
  return { platform, book, coverage, notes, survey, tokens, all: () => survey.all(signal) }
}

test.each<[SelectionOptions, boolean]>([
  [{}, true],
  [{ enterprises: ['1'] }, true],
  [{ datacenters: ['1'] }, false],
])('of %j chosen, a list of addresses alone is enough: %p', async (selection, enough) => {
  const { all, platform } = surveying(selection, { addressesOnly: true })
  platform.fill('1', [1])
  const asked: unknown[] = []
  const listed = platform.virtualMachinesOf.bind(platform)
  platform.virtualMachinesOf = (enterprise, options) => {
    asked.push(options?.addressesOnly)
    return listed(enterprise, options)
  }
  await all()
  expect(asked).toEqual([enough])
})

test('a VM is of the enterprise whose list told of it, where it tells none', async () => {
  const { all, platform, tokens } = surveying({ enterprises: ['1'] })
  platform.fill('1', [1, 2])
  platform.fill('2', [3])
  const listed = platform.virtualMachinesOf.bind(platform)
  platform.virtualMachinesOf = async function* (...args) {
    for await (const page of listed(...args))
      yield page.map((vm) => ({ ...vm, enterprise: vm.id === '2' ? '2' : null }))
    return { complete: true, why: null }
  }
  await all()
  expect(tokens()).toEqual([1])
})

test('a VM that a list lacks, and that says itself that it is elsewhere, is as good as gone', async () => {
  const { all, platform, tokens } = surveying({ datacenters: ['1'] })
  platform.fill('1', [1, 2])
  await all()
  platform.unlisted.add('1')
  platform.change('1', { datacenter: '2' })
  const { complete } = await all()
  expect([complete, tokens(), platform.requests.at(-1)]).toEqual([true, [2], vmPath('1')])
})

test('what is left out is counted once for each VM, by complete lists alone', async () => {
  const { all, platform, survey } = surveying({ datacenters: ['1'] })
  platform.pageSize = 3
  platform.fill('1', ports(5))
  platform.fill('1', ports(4, 11), { datacenter: '2' })
  platform.fill('1', [21], { datacenter: null })
  const listed = platform.virtualMachinesOf.bind(platform)
  platform.virtualMachinesOf = async function* (...args) {
    for await (const page of listed(...args)) yield [...page, ...page]
    return platform.verdicts.get(vmsPath('1')) ?? { complete: true, why: null }
  }
  await all()
  const first = survey.lists.leftOut()
  platform.change('11', { datacenter: '1' })
  platform.verdicts.set(vmsPath('1'), { complete: false, why: 'a page is repeated' })
  await all()
  const second = survey.lists.leftOut()
  platform.verdicts.clear()
  await survey.enterprise('1', signal)
  const third = survey.lists.leftOut()
  platform.dissolve('1')
  await all()
  const counted = [first, second, third, survey.lists.leftOut()].map((each) => [
    each['other-datacenter'],
    each['no-datacenter'],
  ])
  expect(counted).toEqual([
    [4, 1],
    [4, 1],
    [3, 1],
    [0, 0],
  ])
})

test('a chosen enterprise that cannot be asked for is not taken for unknown', async () => {
  const { all, notes, platform, survey } = surveying({ enterprises: ['1', '9'] })
  platform.fill('1', [1])
  platform.fault = (path) => (path === '/admin/enterprises/9' ? proxy404(path) : null)
  const { complete, failed } = await all()
  expect([complete, failed, survey.unknownEnterprises, notes]).toEqual([false, ['9'], [], []])
})
