import { describe, expect, test } from 'bun:test'
import { settled } from '../../api/testing/fake-clock.ts'
import { added, fileOf, removed, started } from '../testing/running.ts'
import { tokenOf } from '../token/token.ts'
import { OutputError } from './output.ts'

/** The token of the VM at a port. */
const token = (port: number) => tokenOf({ host: '10.0.0.1', port })

/** A runner whose output another process writes, which has these VMs. */
async function standingBy(...some: number[]) {
  const all = await started(fileOf(...some))
  all.output.role = 'standby'
  all.output.outcome = 'standby'
  all.output.news()
  await settled()
  return Object.assign(all, {
    /** The other process is gone, and has left this. */
    async leads(...left: number[]) {
      all.output.role = 'leader'
      all.output.outcome = 'written'
      all.output.text = fileOf(...left)
      all.output.doubt('inherited')
      all.output.news()
      await settled()
    },
  })
}

describe('an output that another process writes', () => {
  test('owes nothing and fails nothing, whatever comes', async () => {
    await using all = await standingBy(1)
    await all.push(added(2), removed(1))
    await all.proves([2, 3])
    await all.clock.advance(600_000)
    expect([all.output.written, all.noted('written'), all.noted('role')]).toEqual([
      [],
      [],
      [{ kind: 'role', output: 'fake', role: 'standby', yielded: false }],
    ])
    expect(all.runner.status()).toMatchObject({ role: 'standby', tokens: 2, pending: 0, error: null, modifiedAt: 1000 })
  })

  test('is compared as a whole at once when it becomes ours', async () => {
    await using all = await standingBy(1)
    await all.push(added(2), removed(1))
    const at = all.clock.now()
    await all.leads(1, 2)
    expect([all.output.written, all.output.told, all.clock.now() - at, all.noted('role')]).toEqual([
      [fileOf(2)],
      [[token(1)]],
      0,
      [
        { kind: 'role', output: 'fake', role: 'standby', yielded: false },
        { kind: 'role', output: 'fake', role: 'leader', yielded: false },
      ],
    ])
  })

  test('keeps what the other one wrote and we do not know, until lists that begin later say otherwise', async () => {
    await using all = await standingBy()
    await all.push(added(1))
    await all.leads(1, 2, 3)
    expect([all.output.written, all.calls.changedByOthers, all.runner.status().unclaimed]).toEqual([[], 1, 2])
    await all.clock.advance(1000)
    await all.proves([1, 2])
    expect([all.output.written, all.noted('changed-by-others')]).toEqual([[fileOf(1, 2)], []])
  })

  test('has what it has guarded, as what an earlier run left', async () => {
    const left = Array.from({ length: 40 }, (_, index) => index + 1)
    await using all = await standingBy()
    await all.leads(...left)
    await all.clock.advance(1000)
    await all.proves([1])
    expect([all.output.written, all.runner.status().held]).toEqual([[], 39])
  })

  test('is not written before it could be read, and tried with growing distance', async () => {
    await using all = await standingBy(1)
    all.output.failures.set('load', new OutputError('unreadable', 'no'))
    await all.push(added(2))
    await all.leads(1, 3)
    await all.clock.advance(10_000)
    const { load } = all.output.done
    all.output.failures.clear()
    await all.clock.advance(10_000)
    expect([load, all.noted('load-failed').length, all.output.written]).toEqual([1 + 4, 4, [fileOf(1, 2, 3)]])
  })

  test('needs no list when it becomes ours as we know it', async () => {
    await using all = await standingBy(1)
    await all.leads(1)
    expect([all.output.written, all.calls.changedByOthers]).toEqual([[], 0])
  })

  test('is left alone again once yet another process writes it', async () => {
    await using all = await standingBy(1)
    await all.leads(1)
    all.output.role = 'standby'
    all.output.outcome = 'standby'
    all.output.news()
    await all.push(added(2))
    expect([all.output.written, all.runner.status().role, all.runner.status().pending]).toEqual([[], 'standby', 0])
  })
})

test('an output in doubt that nobody may have changed is compared as a whole, without any list', async () => {
  await using all = await started(fileOf(1))
  await all.push(added(2))
  all.output.doubt('unsure')
  await all.clock.advance(2000)
  expect([all.output.told, all.calls.changedByOthers, all.noted('changed-by-others')]).toEqual([
    [[token(2)], null],
    0,
    [],
  ])
})

test('an output that was compared and has all is not written', async () => {
  await using all = await started(fileOf(1))
  all.output.counts = { added: 0, removed: 0 }
  all.output.doubt('unsure')
  await all.clock.advance(2000)
  expect([all.output.done.write, all.noted('written'), all.runner.status()]).toMatchObject([
    1,
    [],
    { writes: 0, lastWriteAt: null },
  ])
})

test('an output that knows better what it did is believed', async () => {
  await using all = await started(fileOf(1))
  all.output.counts = { added: 7, removed: 5 }
  await all.push(added(2))
  expect(all.noted('written')).toMatchObject([{ added: 7, removed: 5, tokens: 2 }])
})

test('an output that works again by its own word is tried at once, however long the wait would have been', async () => {
  await using all = await started()
  all.output.failures.set('write', new OutputError('unwritable', 'no'))
  await all.push(added(1))
  await all.clock.advance(20_000)
  all.output.failures.clear()
  const at = all.clock.now()
  all.output.news()
  await settled()
  expect([all.output.written, all.clock.now() - at]).toEqual([[fileOf(1)], 0])
})

test('what an output cannot carry is counted, and said once', async () => {
  await using all = await started()
  all.output.uncarried = 1
  await all.push(added(1), added(2))
  all.output.uncarried = 2
  await all.push(added(3))
  expect([all.noted('uncarried'), all.runner.status()]).toMatchObject([
    [{ output: 'fake', tokens: 1 }],
    { tokens: 1, uncarried: 2 },
  ])
})

test('a long write tells how far it is, each second', async () => {
  await using all = await started()
  const go = all.output.hold('write')
  let tell: (done: number, total: number) => void = () => {}
  all.output.onWrite = ({ onProgress = () => {} }) => {
    tell = onProgress
  }
  await all.push(added(1))
  for (let done = 1; done <= 6; done++) {
    await all.clock.advance(400)
    tell(done, 9)
  }
  go()
  await settled()
  expect(all.noted('progress')).toEqual([
    { kind: 'progress', output: 'fake', done: 3, total: 9 },
    { kind: 'progress', output: 'fake', done: 6, total: 9 },
  ])
})

describe('a long write at the end', () => {
  test('goes on for a second, then is told to end, and nothing is written after it', async () => {
    await using all = await started()
    const go = all.output.hold('write')
    const told: number[] = []
    all.output.onWrite = ({ signal }) => {
      all.output.outcome = 'interrupted'
      signal?.addEventListener('abort', () => {
        told.push(all.clock.now() - endedAt)
        go()
      })
    }
    await all.push(added(1))
    await all.push(added(2))
    all.end()
    const endedAt = all.clock.now()
    await all.clock.advance(5000)
    await all.run
    expect([told, all.output.done.write, all.output.written, all.runner.status().pending, all.clock.left]).toEqual([
      [1000],
      1,
      [],
      2,
      [],
    ])
  })

  test('that is the last one ends as soon', async () => {
    await using all = await started()
    await all.push(added(1, false))
    const go = all.output.hold('write')
    all.output.onWrite = ({ signal }) => signal?.addEventListener('abort', go)
    all.end()
    const endedAt = all.clock.now()
    await all.clock.advance(999)
    const before = [...all.output.written]
    await all.clock.advance(1)
    await all.run
    expect([before, all.output.written, all.clock.now() - endedAt, all.clock.left]).toEqual([[], [fileOf(1)], 1000, []])
  })
})
