/**
 * Keeps a Redis as a daemon does, and changes it all the time, for tests that stop and kill it:
 * `bun redis-writer.ts URL ID`. It tells its role, a line each time that changes, and at its end what it has, as JSON.
 */
import { systemClock } from '@novnc-tokens/api'
import { RedisOutput, Runner, tokenOf } from '@novnc-tokens/tokens'

/** How many tokens come and go in turn. */
const size = 50

const [, , url = '', id = ''] = process.argv
const ending = new AbortController()
const output = new RedisOutput({ url, id })
const runner = new Runner({
  output,
  guard: { share: null, confirmAfterMs: 0 },
  clock: systemClock,
  random: Math.random,
  note: (note) => {
    if (note.kind === 'role') console.log(note.role)
  },
  onChangedByOthers: () => {},
})
const has = new Set<number>()
let turn = 0
const timer = setInterval(() => {
  const [come, go] = [turn % size, (turn + size / 2) % size].map((port) => port + 1)
  turn++
  if (come !== undefined) has.add(come)
  if (go !== undefined) has.delete(go)
  runner.push([change(come ?? 1, true), change(go ?? 1, false)])
}, 10)
process.once('SIGTERM', () => ending.abort())
await runner.run(ending.signal)
clearInterval(timer)
await output[Symbol.asyncDispose]()
console.log(JSON.stringify([...has].map((port) => tokenOf(addressOf(port))).sort()))

function change(port: number, there: boolean) {
  const address = addressOf(port)
  return { token: tokenOf(address), address: there ? address : null, id: `vm ${port}`, announced: true }
}

function addressOf(port: number) {
  return { host: '10.0.0.1', port }
}
