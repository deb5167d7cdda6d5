import { expect, test } from 'bun:test'
import { tempFolder } from '../support/temp.ts'
import { problemsOf, renderPage } from './page.ts'
import { type FaultResult, readResults, recordFault, resultsVariable } from './record.ts'

const cut: FaultResult = {
  subject: 'network',
  fault: 'a cable is cut',
  expected: 'said as degraded | caught up',
  happened: 'said after 1 s',
  recoverySeconds: 0.42,
  boundSeconds: 5,
}
const flood: FaultResult = { ...cut, subject: 'events', fault: 'a flood of events' }

test('a page has what was found, by subject, and nothing is wrong with it', () => {
  const page = renderPage([flood, cut])
  expect(page.indexOf('## The network')).toBeLessThan(page.indexOf('## Events'))
  expect(page).toContain(
    '| a cable is cut | said as degraded \\| caught up | said after 1 s | 0.42 s          | 5 s     |',
  )
  const again = { ...cut, happened: 'said after 2 s', recoverySeconds: 3 }
  expect(problemsOf(page, [again, flood], true)).toEqual([])
})

test('rows that lack, are left over or differ, and recoveries beyond their bounds, are problems', () => {
  const page = renderPage([cut, { ...flood, recoverySeconds: 9 }])
  expect(
    problemsOf(
      page,
      [
        { ...cut, boundSeconds: 6 },
        { ...cut, fault: 'another' },
      ],
      true,
    ),
  ).toEqual([
    'says something else than the test of "a cable is cut"',
    'lacks the fault "another"',
    'has the fault "a flood of events", which no test causes',
    'tells a recovery beyond its bound: "a flood of events"',
  ])
})

test('what was not tried may be on the page', () => {
  expect(problemsOf(renderPage([cut, flood]), [cut], false)).toEqual([])
})

test('what a test records is read again, and a recovery beyond its bound fails the test', async () => {
  await using folder = tempFolder()
  const before = process.env[resultsVariable]
  process.env[resultsVariable] = folder.file('results')
  try {
    recordFault(cut)
    recordFault(cut)
    recordFault(flood)
    expect(() => recordFault({ ...cut, recoverySeconds: 5.1 })).toThrow('took 5.1 s')
  } finally {
    if (before === undefined) delete process.env[resultsVariable]
    else process.env[resultsVariable] = before
  }
  const names = readResults(folder.file('results')).map(({ fault }) => fault)
  expect(names.sort()).toEqual(['a cable is cut', 'a flood of events'])
})
