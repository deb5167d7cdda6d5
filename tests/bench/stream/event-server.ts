#!/usr/bin/env bun
/**
 * Sends events to each client as fast as it takes them, from bytes that were written before; it prints its port. Whoever
 * asks for the API gets a log-in that succeeds and a history without events.
 */
import { createServer, type Socket } from 'node:net'
import { writeEvents } from './event-bytes.ts'

const chunkBytes = 64 * 1024

function answer(socket: Socket, head: string, events: Uint8Array): void {
  const path = head.split(' ')[1] ?? ''
  if (path.startsWith('/api/')) {
    const body = path.startsWith('/api/login')
      ? '{"nick":"bench","links":[]}'
      : '{"collection":[],"links":[],"totalSize":0}'
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    )
    return
  }
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n')
  let at = 0
  const send = () => {
    let taken = true
    while (taken && !socket.destroyed) {
      const piece = events.subarray(at, at + chunkBytes)
      at = at + piece.length === events.length ? 0 : at + piece.length
      taken = socket.write(piece)
    }
  }
  socket.on('drain', send)
  send()
}

function serve(events: Uint8Array): void {
  const server = createServer((socket) => {
    // A client that has enough resets its connection.
    socket.on('error', () => undefined)
    socket.once('data', (head) => answer(socket, head.toString(), events))
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    console.log(typeof address === 'object' ? `listening on ${address?.port}` : address)
  })
}

if (import.meta.main) serve(writeEvents(20_000))
