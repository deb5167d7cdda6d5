import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { notifyListener } from '../../../tests/support/notify-listener.ts'
import { tempFolder } from '../../../tests/support/temp.ts'
import { openNotifySocket } from './notify-socket.ts'

const abstract = `@novnc-tokens-test-${process.pid}`

test.each(['a path', 'an abstract name'])('datagrams reach a socket at %s', async (kind) => {
  await using folder = tempFolder()
  using listener = notifyListener(kind === 'a path' ? folder.file('notify') : abstract)
  expect(readFileSync('/proc/net/unix', 'utf8')).toContain(` ${listener.address}\n`)
  using socket = openNotifySocket(listener.address)
  socket.send('READY=1')
  socket.send('STATUS=1 token, ü')
  expect(await listener.until(/^STATUS/)).toEqual(['READY=1', 'STATUS=1 token, ü'])
})

test('nobody there is a failure with its reason, and one that comes later is reached', async () => {
  await using folder = tempFolder()
  const path = folder.file('notify')
  using socket = openNotifySocket(path)
  expect(() => socket.send('READY=1')).toThrow(`sendto "${path}" failed: ENOENT: no such file or directory`)
  using listener = notifyListener(path)
  socket.send('READY=1')
  expect(await listener.until('READY=1')).toEqual(['READY=1'])
})

test('a reader that stands still holds nobody up', async () => {
  await using folder = tempFolder()
  using listener = notifyListener(folder.file('notify'))
  using socket = openNotifySocket(listener.address)
  const sendAll = () => {
    for (let sent = 0; sent < 100_000; sent++) socket.send('WATCHDOG=1')
  }
  expect(sendAll).toThrow('EAGAIN')
})

test('an address that is none is refused', () => {
  expect(() => openNotifySocket('vsock:2:1')).toThrow('"vsock:2:1" is neither an absolute path')
})

test('monotonic time is that of the machine, not of this process', () => {
  using socket = openNotifySocket('/nowhere')
  const seconds = Number(socket.monotonicMicros()) / 1e6
  // Up is also what the machine slept, which is not monotonic time.
  const up = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  expect([seconds > process.uptime() + 1, seconds <= up + 1]).toEqual([true, true])
})
