import { describe, expect, test } from 'bun:test'
import { settled } from '../../api/testing/fake-clock.ts'
import type { Change } from '../book/book.ts'
import { added, at, fileOf, ports, removed, resyncMs, running, started, wantOf } from '../testing/running.ts'
import { tokenOf } from '../token/token.ts'
import { OutputError } from './output.ts'
import type { Want } from './plan.ts'

describe('a change', () => {
  test('that an event announced is written at once', async () => {
    await using all = await started(fileOf(1))
    await all.push(added(2), removed(1))
    expect([all.output.written, all.clock.now()]).toEqual([[fileOf(2)], 1])
    expect(all.noted('written')).toEqual([
      { kind: 'written', output: 'fake', added: 1, removed: 1, tokens: 1, durationMs: 0 },
    ])
  })

  test('that a list found is an addition at once, give or take a moment in which lists find more', async () => {
    await using all = await started()
    await all.push(added(1, false))
    await all.clock.advance(249)
    await all.push(added(2, false))
    const before = [...all.output.written]
    await all.clock.advance(1)
    expect([before, all.output.written]).toEqual([[], [fileOf(1, 2)]])
  })

  test('that an event announced takes along what waits', async () => {
    await using all = await started()
    await all.push(added(1, false))
    await all.push(added(2))
    await all.clock.advance(1000)
    expect(all.output.written).toEqual([fileOf(1, 2)])
  })

  test('that is none is not written', async () => {
    await using all = await started(fileOf(1))
    await all.push(added(1))
    await all.push(removed(2))
    await all.push(removed(1), added(1))
    await all.push(added(3), removed(3))
    await all.clock.advance(10_000)
    expect([all.output.written, all.runner.status().pending]).toEqual([[], 0])
  })

  test('that removes by a list alone waits for proof', async () => {
    await using all = await started(fileOf(1, 2))
    await all.proves([1, 2])
    await all.push(removed(1, false))
    await all.clock.advance(10_000)
    expect(all.output.written).toEqual([])
    await all.proves([2])
    expect(all.output.written).toEqual([fileOf(2)])
  })

  test('that comes while an earlier one is written follows in one more write', async () => {
    await using all = await started()
    const go = all.output.hold('write')
    await all.push(added(1))
    for (const port of [2, 3, 4]) await all.push(added(port))
    await all.push(removed(1))
    expect(all.runner.status()).toMatchObject({ pending: 4 + 1, writes: 0 })
    go()
    await settled()
    expect([all.output.written, all.runner.status().pending]).toEqual([[fileOf(1), fileOf(2, 3, 4)], 0])
    expect(all.noted('written')).toMatchObject([
      { added: 1, removed: 0 },
      { added: 3, removed: 1 },
    ])
  })

  test('that is taken back while it is written is written back', async () => {
    await using all = await started()
    const go = all.output.hold('write')
    await all.push(added(1))
    await all.push(removed(1))
    go()
    await settled()
    expect(all.output.written).toEqual([fileOf(1), ''])
  })
})

describe('what an output had at start', () => {
  test('is known before anything runs', async () => {
    await using all = await running(fileOf(1, 2))
    await all.runner.load()
    expect(all.runner.status()).toMatchObject({
      loaded: true,
      existed: true,
      tokens: 2,
      unclaimed: 2,
      modifiedAt: 1000,
    })
    expect(all.notes).toEqual([{ kind: 'loaded', output: 'fake', tokens: 2, refused: 0 }])
  })

  test('stays until lists that began after it was loaded prove that nobody holds it', async () => {
    await using all = await started(fileOf(1, 2, 3))
    await all.push(added(1))
    await all.proves([1, 2], { provenSince: Number.NEGATIVE_INFINITY })
    await all.proves([1, 2], { provenSince: 0 })
    expect([all.output.written, all.runner.status().unclaimed]).toEqual([[], 1])
    await all.proves([1, 2])
    expect([all.output.written, all.runner.status().unclaimed]).toEqual([[fileOf(1, 2)], 0])
  })

  test('goes when an event says so', async () => {
    await using all = await started(fileOf(1, 2))
    await all.push(removed(1))
    expect(all.output.written).toEqual([fileOf(2)])
  })

  test('goes through the guard like anything else', async () => {
    await using all = await started(fileOf(...ports(100)))
    await all.proves(ports(50))
    expect([all.output.written, all.runner.status()]).toMatchObject([[], { tokens: 100, unclaimed: 50, held: 50 }])
  })

  test('is put right where it is not exactly what it should be, but only once all is known', async () => {
    await using all = await started(`rubbish\n${fileOf(1)}`)
    await all.proves([1], { confirms: false })
    expect(all.output.written).toEqual([])
    await all.proves([1])
    expect(all.output.written).toEqual([fileOf(1)])
  })

  test('is made where there was nothing, once all is known, though no VM has a token', async () => {
    await using all = await started(null)
    expect(all.runner.status()).toMatchObject({ loaded: true, existed: false, modifiedAt: null })
    await all.clock.advance(60_000)
    expect(all.output.text).toBeNull()
    await all.proves([])
    expect([all.output.written, all.output.text]).toEqual([[''], ''])
  })
})

test('an output that lists have written is looked at as a whole, as one that they confirm', async () => {
  await using all = await started(fileOf(1))
  await all.proves([1, 2])
  await all.clock.advance(1000)
  expect(all.output.done).toMatchObject({ write: 1, confirm: 1 })
})

describe('an old output that cannot be read', () => {
  const unreadable = new OutputError('unreadable', 'Cannot read "fake": EIO')

  async function unread() {
    const all = await running(fileOf(9))
    all.output.failures.set('load', unreadable)
    await all.start()
    return all
  }

  test('is not written before a complete list, whatever events come', async () => {
    await using all = await unread()
    await all.push(added(1))
    await all.proves([1], { confirms: false })
    await all.clock.advance(60_000)
    expect([all.output.written, all.runner.status()]).toMatchObject([
      [],
      { loaded: false, existed: true, error: 'Cannot read "fake": EIO', errorCode: 'unreadable', pending: 1 },
    ])
    await all.proves([1, 2])
    await all.clock.advance(30_000)
    expect([all.output.written, all.runner.status()]).toMatchObject([
      [fileOf(1, 2)],
      { loaded: true, error: null, errorCode: null, pending: 0, tokens: 2, modifiedAt: expect.any(Number) },
    ])
  })

  test('is not written while an enterprise that refuses us may own what it has, though lists confirm the rest', async () => {
    await using all = await unread()
    await all.push(added(1))
    for (let list = 0; list < 3; list++) {
      await all.proves([1], { provenSince: Number.NEGATIVE_INFINITY })
      await all.clock.advance(resyncMs)
    }
    expect([all.output.written, all.output.text, all.runner.status().errorCode]).toEqual([[], fileOf(9), 'unreadable'])
    await all.proves([1])
    await all.clock.advance(30_000)
    expect(all.output.written).toEqual([fileOf(1)])
  })

  test('is tried again with growing distance', async () => {
    await using all = await unread()
    await all.clock.advance(20_000)
    const retries = all.noted('load-failed').map((note) => 'retryInMs' in note && note.retryInMs)
    expect([retries, all.output.done.load]).toEqual([[1000, 2000, 4000, 8000, 16_000], 5])
  })

  test('is kept once it can be read, and follows events from then on', async () => {
    await using all = await unread()
    await all.push(added(1), added(2))
    await all.push(removed(2))
    all.output.failures.clear()
    await all.clock.advance(1000)
    expect([all.output.text, all.runner.status()]).toMatchObject([
      fileOf(1, 9),
      { loaded: true, error: null, unclaimed: 1, pending: 0 },
    ])
    await all.push(added(3))
    await all.push(removed(1))
    expect(all.output.text).toBe(fileOf(3, 9))
  })

  test('that can be read after all keeps what lists alone would remove, though nothing could be written before', async () => {
    await using all = await running(fileOf(...ports(100)))
    all.output.failures.set('load', unreadable)
    all.output.failures.set('write', new OutputError('unwritable', 'Cannot write "fake": EIO'))
    await all.start()
    await all.proves([1])
    all.output.failures.clear()
    await all.clock.advance(30_000)
    const seen = [all.output.text]
    await all.proves([1])
    await all.clock.advance(1000)
    expect([...seen, all.output.text, all.runner.status().held]).toEqual([
      fileOf(...ports(100)),
      fileOf(...ports(100)),
      99,
    ])
  })

  test('loses what an event removed before it could be read', async () => {
    await using all = await running(fileOf(8, 9))
    all.output.failures.set('load', unreadable)
    await all.start()
    await all.push(removed(9))
    await all.push(removed(8), added(8))
    all.output.failures.clear()
    await all.clock.advance(1000)
    expect([all.output.text, all.runner.status().unclaimed]).toEqual([fileOf(8), 0])
  })
})

test('a runner is overdue when its sleep does not end, not while its output hangs or fails', async () => {
  await using all = await started(fileOf(1))
  const overdueMs = () => all.runner.status().overdueMs
  // A clock whose sleeps never end by themselves.
  all.clock.sleep = (_, signal) =>
    new Promise((_, reject) => {
      if (signal?.aborted) reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  const go = all.output.hold('write')
  await all.push(added(2))
  await all.clock.advance(600_000)
  const hanging = overdueMs()
  go()
  await settled()
  await all.clock.advance(62_000)
  expect([hanging, overdueMs()]).toEqual([0, 60_000])
  await all.push(added(3))
  expect([all.output.text, overdueMs()]).toEqual([fileOf(1, 2, 3), 0])
})

describe('a guarded output', () => {
  test('is not given what it lacks and lists no longer show, however much that is', async () => {
    await using all = await started(fileOf(1))
    all.output.failures.set('write', new OutputError('unwritable', 'Cannot write "fake": EIO'))
    await all.push(...ports(60).map((port) => added(port)))
    await all.proves([1, 2])
    const { held } = all.runner.status()
    all.output.failures.clear()
    await all.clock.advance(30_000)
    expect([held, all.output.text]).toEqual([0, fileOf(1, 2)])
  })

  test('keeps what lists alone would remove in masses, and takes additions meanwhile', async () => {
    await using all = await started(fileOf(...ports(100)))
    await all.proves(ports(100))
    await all.clock.advance(1000)
    await all.proves([...ports(60), 500])
    expect([all.output.text, all.runner.status()]).toMatchObject([
      fileOf(...ports(100), 500),
      { held: 40, heldWhy: '40 of 100 tokens would go by lists alone', heldSince: all.clock.wall() },
    ])
    expect(all.noted('held')).toEqual([
      { kind: 'held', output: 'fake', tokens: 40, why: '40 of 100 tokens would go by lists alone' },
    ])
  })

  test('is not confirmed by lists that it does not follow', async () => {
    await using all = await started(fileOf(...ports(100)))
    await all.proves(ports(100))
    const { confirm } = all.output.done
    await all.clock.advance(1000)
    await all.proves(ports(60))
    await all.clock.advance(10_000)
    expect([confirm, all.output.done.confirm]).toEqual([1, 1])
  })

  test('follows a second list that began late enough', async () => {
    await using all = await started(fileOf(...ports(100)))
    await all.proves(ports(60))
    await all.clock.advance(resyncMs - 1)
    await all.proves(ports(60))
    const before = [...all.output.written]
    await all.clock.advance(1)
    await all.proves(ports(60))
    expect([before, all.output.written]).toEqual([[], [fileOf(...ports(60))]])
  })

  test.each<[string, (all: Awaited<ReturnType<typeof started>>) => Promise<void>]>([
    ['a second list agrees', (all) => all.clock.advance(resyncMs).then(() => all.proves(ports(60)))],
    ['all of it is there again', (all) => all.proves(ports(100))],
    ['events announce it', (all) => all.push(...ports(40, 61).map((port) => removed(port)))],
  ])('tells once that it holds nothing any more, as %s', async (_, happens) => {
    await using all = await started(fileOf(...ports(100)))
    await all.proves(ports(60))
    const before = all.noted('held-no-more')
    await happens(all)
    await all.clock.advance(resyncMs)
    expect([before, all.noted('held-no-more'), all.runner.status()]).toMatchObject([
      [],
      [{ kind: 'held-no-more', output: 'fake' }],
      { held: 0, heldWhy: null, heldSince: null },
    ])
  })

  test('follows a person at once, but for what came back meanwhile', async () => {
    await using all = await started(fileOf(...ports(100)))
    let book = wantOf(ports(60))
    const live: Want = { holds: (token) => book.holds(token), lines: () => book.lines(), tokens: 60 }
    await all.proves([], { want: live })
    book = wantOf(ports(61))
    await all.push(added(61))
    all.runner.release()
    await settled()
    expect([all.output.written, all.noted('let-go'), all.runner.status().held]).toEqual([
      [fileOf(...ports(61))],
      [{ kind: 'let-go', output: 'fake', tokens: 39 }],
      0,
    ])
    all.runner.release()
    expect(all.noted('let-go')).toHaveLength(1)
  })

  test('gives up at once what an event removes, held or not', async () => {
    await using all = await started(fileOf(...ports(100)))
    await all.proves(ports(60))
    await all.push(removed(100), removed(1))
    expect(all.output.written).toEqual([fileOf(...ports(98, 2))])
  })

  test('loses all that events remove, however much that is', async () => {
    await using all = await started(fileOf(...ports(100)))
    await all.proves(ports(100))
    await all.push(...ports(100).map((port) => removed(port)))
    expect(all.output.written).toEqual([''])
  })

  test('loses nothing to lists without a single address', async () => {
    await using all = await started(fileOf(1, 2))
    for (let round = 0; round < 5; round++) {
      await all.proves([])
      await all.clock.advance(resyncMs)
    }
    expect([all.output.written, all.runner.status().held]).toEqual([[], 2])
    all.runner.release()
    await settled()
    expect(all.output.written).toEqual([''])
  })
})

describe('an output that fails', () => {
  const unwritable = new OutputError('unwritable', 'Cannot write "fake": ENOSPC')

  test('is tried again with growing distance, whatever is pushed, and then has everything', async () => {
    await using all = await started(fileOf(1))
    all.output.failures.set('write', unwritable)
    const began = all.clock.now()
    const tries: number[] = []
    for (let ms = 0; ms <= 20_000; ms += 500) {
      const before = all.output.done.write
      await all.push(ms % 1000 === 0 ? added(1000 + ms) : removed(1))
      if (all.output.done.write > before) tries.push(all.clock.now() - began)
      const then = all.output.done.write
      await all.clock.advance(500)
      if (all.output.done.write > then) tries.push(all.clock.now() - began)
    }
    expect(tries).toEqual([0, 1000, 3000, 7000, 15_000])
    expect(all.runner.status()).toMatchObject({
      error: 'Cannot write "fake": ENOSPC',
      errorCode: 'unwritable',
      failures: 5,
      writes: 0,
      retryAt: began + 31_000,
    })
    all.output.failures.clear()
    await all.clock.advance(16_000)
    expect([all.output.written, all.runner.status()]).toMatchObject([
      [fileOf(...ports(21, 0).map((second) => 1000 + second * 1000))],
      { error: null, errorCode: null, retryAt: null, pending: 0, writes: 1 },
    ])
    expect(all.noted('written')).toMatchObject([{ added: 21, removed: 1 }])
  })

  test('begins with a short distance again after a minute of health', async () => {
    await using all = await started()
    all.output.failures.set('write', unwritable)
    await all.push(added(1))
    await all.clock.advance(1000)
    all.output.failures.clear()
    await all.clock.advance(2000)
    await all.clock.advance(60_000)
    all.output.failures.set('write', unwritable)
    await all.push(added(2))
    expect(all.noted('write-failed').map((note) => 'retryInMs' in note && note.retryInMs)).toEqual([1000, 2000, 1000])
  })

  test('that cannot be looked at is tried again, and then right', async () => {
    await using all = await started()
    all.output.failures.set('changed', new OutputError('unreadable', 'Cannot look at "fake": EIO'))
    await all.push(added(1))
    expect([all.output.written, all.runner.status().errorCode]).toEqual([[], 'unreadable'])
    all.output.failures.clear()
    await all.clock.advance(1000)
    expect([all.output.written, all.runner.status().error]).toEqual([[fileOf(1)], null])
  })

  test('by an error that nobody foresaw is an output that fails', async () => {
    await using all = await started()
    all.output.failures.set('write', new TypeError('x is not a function'))
    await all.push(added(1))
    all.output.failures.clear()
    await all.clock.advance(1000)
    expect([all.noted('write-failed'), all.output.written]).toMatchObject([
      [{ why: 'x is not a function' }],
      [fileOf(1)],
    ])
  })

  test('that cannot be confirmed is written instead', async () => {
    await using all = await started(fileOf(1))
    all.output.failures.set('confirm', new OutputError('unwritable', 'Cannot set the time of "fake": EPERM'))
    await all.proves([1])
    expect([all.output.written, all.runner.status().error]).toEqual([[fileOf(1)], null])
  })

  test('that hangs takes nothing but its own time, and then has everything', async () => {
    await using all = await started()
    const go = all.output.hold('write')
    await all.push(added(1))
    await all.clock.advance(600_000)
    await all.push(added(2))
    expect(all.output.done.write).toBe(1)
    go()
    await settled()
    expect(all.output.written).toEqual([fileOf(1), fileOf(1, 2)])
  })

  test('at its load is loaded later, under what became known meanwhile', async () => {
    await using all = await running(fileOf(9))
    all.output.failures.set('load', new OutputError('unwritable', 'Cannot use "fake": it is a folder, no file'))
    await all.start()
    await all.push(added(1))
    await all.proves([1, 2])
    expect([all.output.written, all.runner.status()]).toMatchObject([[], { loaded: false, existed: false }])
    all.output.failures.clear()
    await all.clock.advance(5000)
    // That list began before it was loaded, and so proves nothing of what it had.
    expect([all.output.written, all.runner.status().unclaimed]).toEqual([[fileOf(1, 2, 9)], 1])
    await all.proves([1, 2])
    expect(all.output.text).toBe(fileOf(1, 2))
  })
})

describe('an output that others change', () => {
  test('is noticed within two seconds, counted, and answered by a list', async () => {
    await using all = await started(fileOf(1))
    all.output.overwrite(fileOf(1))
    await all.clock.advance(2000)
    expect([all.calls.changedByOthers, all.runner.status().changedByOthers, all.noted('changed-by-others')]).toEqual([
      1,
      1,
      [{ kind: 'changed-by-others', output: 'fake' }],
    ])
    await all.clock.advance(60_000)
    expect([all.calls.changedByOthers, all.output.written]).toEqual([1, []])
  })

  test('keeps theirs beside ours until lists that began later prove what is right', async () => {
    await using all = await started(fileOf(1, 2))
    await all.proves([1, 2])
    await all.clock.advance(1000)
    all.output.overwrite(fileOf(2, 3))
    await all.clock.advance(5000)
    expect([all.output.text, all.runner.status().unclaimed]).toEqual([fileOf(1, 2, 3), 1])
    await all.proves([1, 2], { provenSince: 1 })
    expect(all.output.text).toBe(fileOf(1, 2, 3))
    await all.proves([1, 2])
    expect(all.output.text).toBe(fileOf(1, 2))
  })

  test('keeps of theirs what a VM turns out to hold', async () => {
    await using all = await started(fileOf(1))
    await all.proves([1])
    all.output.overwrite(fileOf(1, 2))
    await all.clock.advance(5000)
    await all.push(added(2))
    await all.proves([1, 2])
    expect([all.output.text, all.output.written]).toEqual([fileOf(1, 2), []])
  })

  test('loses all that is only theirs at once, since the guard is for what was right once', async () => {
    await using all = await started(fileOf(1))
    await all.proves([1])
    all.output.overwrite(fileOf(...ports(500)))
    await all.clock.advance(5000)
    await all.proves([1])
    expect([all.output.text, all.runner.status().held]).toEqual([fileOf(1), 0])
  })

  test('is not given back what an event removed, by an older copy of theirs', async () => {
    await using all = await started(fileOf(1, 2))
    await all.push(removed(1))
    all.output.overwrite(fileOf(1, 2))
    await all.clock.advance(5000)
    expect(all.output.text).toBe(fileOf(2))
  })

  test('takes their word for it again ten minutes after the event', async () => {
    await using all = await started(fileOf(1, 2, 3))
    await all.push(removed(1))
    await all.clock.advance(600_000)
    await all.push(removed(2))
    all.output.overwrite(fileOf(1, 2, 3))
    await all.clock.advance(5000)
    expect(all.output.text).toBe(fileOf(1, 3))
  })

  test('takes an event that comes after their change', async () => {
    await using all = await started(fileOf(1))
    all.output.overwrite(fileOf(1, 2))
    await all.push(removed(2), added(3))
    expect(all.output.text).toBe(fileOf(1, 3))
  })

  test('has our address for a token that they give another one', async () => {
    await using all = await started(fileOf(1))
    all.output.overwrite(`${tokenOf(at(1))}: 6.6.6.6:1\n`)
    await all.clock.advance(5000)
    expect(all.output.text).toBe(fileOf(1))
  })

  test.each([
    ['removed', null],
    ['emptied', ''],
    ['filled with rubbish', 'rubbish\n'],
  ])('is back at once where they %s it', async (_, text) => {
    await using all = await started(fileOf(1, 2))
    all.output.overwrite(text)
    await all.clock.advance(2000)
    expect([all.output.text, all.calls.changedByOthers]).toEqual([fileOf(1, 2), 1])
  })

  test('is replaced where nobody can read what they wrote', async () => {
    await using all = await started(fileOf(1))
    all.output.overwrite('?')
    all.output.failures.set('load', new OutputError('unreadable', 'Cannot read "fake": EIO'))
    await all.clock.advance(5000)
    expect([all.output.text, all.runner.status().error]).toEqual([fileOf(1), null])
  })

  test('fails while they have put something else there than a file, and is right once that is gone', async () => {
    await using all = await started(fileOf(1))
    all.output.overwrite(null)
    all.output.failures.set('load', new OutputError('unwritable', 'Cannot use "fake": it is a folder, no file'))
    await all.clock.advance(5000)
    expect(all.runner.status()).toMatchObject({ error: 'Cannot use "fake": it is a folder, no file', tokens: 1 })
    all.output.failures.clear()
    await all.clock.advance(30_000)
    expect([all.output.text, all.runner.status().error]).toEqual([fileOf(1), null])
  })

  test('has nothing left to write where they wrote just what we were about to', async () => {
    await using all = await started(fileOf(1))
    await all.push(added(2, false))
    all.output.overwrite(fileOf(1, 2))
    await all.clock.advance(10_000)
    expect([all.output.written, all.runner.status()]).toMatchObject([[], { pending: 0, changedByOthers: 1 }])
  })
})

describe('what readers see', () => {
  const forged = (port: number): Change => ({ ...added(port), address: { host: '10.0.0.1\nfff: 6.6.6.6', port } })

  test('never is a line that they could not read: it is left out, counted, told once, and the others are written', async () => {
    await using all = await started(fileOf(1))
    await all.push(forged(2), added(3))
    await all.push(forged(2))
    await all.push(forged(4))
    expect([all.output.text, all.noted('malformed-line'), all.runner.status()]).toMatchObject([
      fileOf(1, 3),
      [2, 4].map((port) => ({ kind: 'malformed-line', output: 'fake', hostPort: `10.0.0.1\nfff: 6.6.6.6:${port}` })),
      { malformed: 2, tokens: 2, pending: 0 },
    ])
    await all.push(removed(2))
    await all.proves([1, 3])
    expect([all.output.text, all.runner.status().malformed]).toEqual([fileOf(1, 3), 0])
  })

  test('is not written anew for a line that is left out, and is confirmed as ever', async () => {
    await using all = await started(fileOf(1))
    const { token, address } = forged(2)
    const lines = new Map([...wantOf([1]).lines(), [token, address ?? at(2)]])
    const want = { holds: (each: string) => lines.has(each), lines: () => lines, tokens: 2 }
    for (const _ of [1, 2]) await all.proves([], { want })
    expect([
      all.output.written,
      all.output.done,
      all.noted('malformed-line').length,
      all.runner.status(),
    ]).toMatchObject([[], { confirm: 2, verify: 2 }, 1, { malformed: 1, pending: 0 }])
  })

  test('is looked at as a whole after each complete list, and put right where it is something else', async () => {
    await using all = await started(fileOf(1))
    await all.proves([1])
    await all.proves([1], { confirms: false })
    const { verify } = all.output.done
    // Nothing shows that it was changed.
    all.output.text = fileOf(2)
    await all.proves([1])
    await all.clock.advance(1)
    await all.proves([1])
    expect([
      verify,
      all.output.text,
      all.calls,
      all.noted('changed-by-others').length,
      all.runner.status(),
    ]).toMatchObject([1, fileOf(1), { changedByOthers: 1 }, 1, { changedByOthers: 1, tokens: 1, pending: 0 }])
  })

  test('is looked at once what came meanwhile is written too', async () => {
    await using all = await started(fileOf(1))
    const go = all.output.hold('write')
    await all.proves([1, 2])
    await all.push(added(3))
    go()
    await settled()
    expect([all.output.done.verify, all.output.text, all.calls.changedByOthers]).toEqual([1, fileOf(1, 2, 3), 0])
    expect(all.noted('compared')).toEqual([{ kind: 'compared', output: all.output.name, tokens: 3 }])
  })

  test('is not looked at where it was never read', async () => {
    await using all = await running(fileOf(9))
    all.output.failures.set('load', new OutputError('unreadable', 'no'))
    await all.start()
    await all.proves([1], { provenSince: Number.NEGATIVE_INFINITY })
    expect([all.output.done.verify, all.output.written]).toEqual([0, []])
  })
})

describe('an output that is right', () => {
  test('is confirmed by each complete list, and not written', async () => {
    await using all = await started(fileOf(1))
    await all.proves([1])
    await all.proves([1], { confirms: false })
    await all.clock.advance(60_000)
    await all.proves([1])
    expect([all.output.done.confirm, all.output.written, all.runner.status().modifiedAt]).toEqual([
      2,
      [],
      all.clock.wall(),
    ])
  })

  test('is looked at every two seconds, and otherwise left alone', async () => {
    await using all = await started(fileOf(1))
    const before = { ...all.output.done }
    await all.clock.advance(60_000)
    expect(all.output.done).toEqual({ ...before, changed: before.changed + 30 })
  })

  test('was confirmed when it was written, not only when it was tried', async () => {
    await using all = await started(fileOf(1))
    all.output.failures.set('write', new OutputError('unwritable', 'no'))
    await all.proves([1, 2])
    expect(all.runner.status().modifiedAt).toBe(1000)
    all.output.failures.clear()
    await all.clock.advance(1000)
    expect(all.runner.status()).toMatchObject({ modifiedAt: all.clock.wall(), lastWriteAt: all.clock.wall() })
  })
})

describe('the end', () => {
  test('waits for the write that has begun, and writes what came meanwhile', async () => {
    await using all = await started()
    const go = all.output.hold('write')
    await all.push(added(1))
    await all.push(added(2))
    all.end()
    await settled()
    expect(all.output.written).toEqual([])
    go()
    await all.run
    expect([all.output.written, all.clock.left]).toEqual([[fileOf(1), fileOf(1, 2)], []])
  })

  test('writes what was gathered', async () => {
    await using all = await started()
    await all.push(added(1, false))
    all.end()
    await all.run
    expect([all.output.written, all.clock.left]).toEqual([[fileOf(1)], []])
  })

  test('does not wait for an output that fails', async () => {
    await using all = await started()
    all.output.failures.set('write', new Error('no'))
    await all.push(added(1))
    all.end()
    await all.run
    expect([all.output.done.write, all.clock.left]).toEqual([1, []])
  })

  test('leaves alone what was never read', async () => {
    await using all = await running(fileOf(9))
    all.output.failures.set('load', new OutputError('unreadable', 'no'))
    await all.start()
    await all.push(added(1))
    all.end()
    await all.run
    expect(all.output.written).toEqual([])
  })
})
