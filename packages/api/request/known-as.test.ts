import { expect, test } from 'bun:test'
import { knownAs } from './known-as.ts'

test.each([
  ['https://proxy/abiquo', 'http://10.0.0.1:8009/api'],
  ['https://proxy/abiquo/login?expand=privileges', 'http://10.0.0.1:8009/api/login?expand=privileges'],
  ['https://proxy/abiquo?x', 'http://10.0.0.1:8009/api?x'],
  ['https://proxy/abiquo2/login', 'https://proxy/abiquo2/login'],
  ['https://proxy/m/stream', 'https://proxy/m/stream'],
  ['http://proxy/abiquo/login', 'http://proxy/abiquo/login'],
])('%p is known as %p', (url, known) => {
  expect(knownAs('https://proxy/abiquo', 'http://10.0.0.1:8009/api')(url)).toBe(known)
})
