import { expect, test } from 'bun:test'
import { Reopening } from './reopening.ts'

type Step = 'open' | 'poll' | 'silent' | 'failed' | 'over'

/** After each step, whether what happens then is routine. */
function routineAfter(steps: readonly Step[]): boolean[] {
  const reopening = new Reopening()
  return steps.map((step) => {
    if (step === 'open') reopening.opened('stream')
    else if (step === 'poll') reopening.opened('poll')
    else if (step === 'over') reopening.over()
    else reopening.lost(step === 'silent')
    return reopening.routine
  })
}

test.each<[string, readonly Step[], readonly boolean[]]>([
  ['a first opening is none', ['open'], [false]],
  ['a silent stream that is opened anew', ['open', 'silent', 'open', 'over'], [false, true, true, false]],
  ['one whose silence nobody tells', ['open', 'open', 'over'], [false, true, false]],
  ['an outage is none', ['open', 'failed', 'open'], [false, false, false]],
  ['nor one that begins with silence', ['open', 'silent', 'failed', 'open'], [false, true, false, false]],
  ['nor another way to watch', ['poll', 'open', 'poll'], [false, false, false]],
])('of what is routine, %s', (_, steps, routine) => {
  expect(routineAfter(steps)).toEqual([...routine])
})
