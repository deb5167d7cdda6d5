import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { kept, three } from '../testing/keeping.ts'

test.each([3_600_000, -3_600_000])('a clock that jumps by %d ms makes nothing older or younger', async (ms) => {
  await using all = await kept(new FakeClock(), { fill: three })
  await all.after(() => all.keeper.listNow(), 10_000)
  const ages = () => {
    const { list, outputs, turnedAt } = all.keeper.status()
    const [file] = outputs
    const times = [list.completeSince, list.endedAt, turnedAt, file?.lastWriteAt ?? null, file?.modifiedAt ?? null]
    return times.map((at) => (at === null ? null : all.clock.wall() - at))
  }
  const before = ages()
  all.clock.jump(ms)
  expect([ages(), before.every((age) => age !== null && age >= 0 && age < 60_000)]).toEqual([before, true])
})
