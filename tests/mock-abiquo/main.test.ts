import { expect, test } from 'bun:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  const reader = stream.getReader()
  while (!text.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) break
    text += Buffer.from(value).toString()
  }
  reader.releaseLock()
  return text
}

test('the program tells its addresses, does what it is told over HTTP, and stops on TERM', async () => {
  await using child = Bun.spawn([process.execPath, main, '--vms', '20', '--enterprises', '2', '--churn', '5'], {
    stdout: 'pipe',
  })
  const ready = JSON.parse(await firstLine(child.stdout)) as { apiUrl: string; control: string }
  const post = async (name: string, body: object = {}) =>
    (await fetch(`${ready.control}/${name}`, { method: 'POST', body: JSON.stringify(body) })).json()
  expect(await post('setRawVdrp', { id: 1, ip: '10.60.1.79', port: 5901 })).toMatchObject({ id: 1, port: 5901 })
  expect(await post('truth')).toContainEqual({ ip: '10.60.1.79', port: 5901 })
  expect(await post('faults', { fault: { kind: 'status', status: 500 } })).toHaveLength(1)
  expect((await fetch(`${ready.apiUrl}/login`)).status).toBe(500)
  expect(await post('faults/clear')).toEqual({})
  expect((await fetch(`${ready.apiUrl}/login`)).status).toBe(401)
  expect(await post('stats')).toMatchObject({ requests: 2, vms: 20 })
  expect(await post('move', {})).toEqual({ error: 'Give "id"' })
  expect(await post('nonsense')).toMatchObject({ error: 'There is no "nonsense"' })
  child.kill('SIGTERM')
  expect(await child.exited).toBe(0)
})

const usage: [args: string[], stderr: string][] = [
  [['--vms', 'many'], '--vms takes a number, not "many"\n'],
  [['--dialect', '3'], '--dialect takes 1.0, 1.1, 2.1, 2.3, not "3"\n'],
]
test.each(usage)('%p is refused with status 2', async (args, stderr) => {
  const child = Bun.spawn([process.execPath, main, ...args], { stderr: 'pipe' })
  expect([await child.exited, await child.stderr.text()]).toEqual([2, stderr])
})
