import { expect, test } from 'bun:test'
import { FakeClock } from '../../api/testing/fake-clock.ts'
import { apiError, type FakePlatform } from '../testing/fake-platform.ts'
import { keeping, kept, ofVm, resyncMs, three } from '../testing/keeping.ts'

const cut = (path: string) => apiError('unreachable', path)

/** The watch of a keeper goes down. */
function down(watch: { tell: (update: { kind: 'down'; error: Error; retryInMs: number }) => void } | null): void {
  watch?.tell({ kind: 'down', error: new Error('cut off'), retryInMs: 1000 })
}

test('outputs are told that the platform is seen, no longer, and again', async () => {
  await using all = await kept(new FakeClock(), { fill: three })
  const { seen } = all.output
  expect(seen).toEqual([true])
  all.platform.fault = cut
  down(all.watch)
  await all.clock.advance(14_999)
  expect(seen).toEqual([true, null])
  await all.clock.advance(1)
  expect(seen).toEqual([true, null, false])
  all.platform.fault = () => null
  await all.open()
  await all.clock.advance(5000)
  expect(seen).toEqual([true, null, false, null])
  await all.clock.advance(resyncMs)
  expect(seen).toEqual([true, null, false, null, true])
})

test('outputs are not told that this process is blind while the watch is open', async () => {
  await using all = await kept(new FakeClock(), { fill: three })
  all.platform.fault = cut
  await all.tell(ofVm('DEPLOY_FINISH', 1))
  await all.clock.advance(120_000)
  const { seen } = all.output
  expect(seen).toEqual([true, null])
  all.platform.fault = () => null
  await all.clock.advance(31_000)
  expect(seen).toEqual([true, null, true])
})

test('whoever wants a list wants the outputs to be compared as well', async () => {
  await using all = await kept(new FakeClock(), { fill: three })
  const before = all.output.mistrusted
  all.keeper.listNow()
  expect([before, all.output.mistrusted]).toEqual([0, 1])
})

test.each<[string, (platform: FakePlatform) => void, (boolean | null)[]]>([
  ['that never answers', (platform) => Object.assign(platform, { fault: cut }), [false]],
  ['that answers', () => {}, [true, null]],
])('without a watch, outputs are told of a platform %s', async (_, fill, expected) => {
  await using all = await keeping(new FakeClock(), { watch: null, fill })
  if (expected.length > 1) all.platform.fill('1', [1])
  await all.clock.advance(55_000)
  expect(all.output.seen).toEqual(expected)
})
