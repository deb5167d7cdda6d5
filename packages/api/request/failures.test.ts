import { expect, test } from 'bun:test'
import { requestLine, withoutSecrets } from './failures.ts'

test.each([
  ['https://h/api/oauth/authorize?oauth_token=secret', 'https://h/api/oauth/authorize?oauth_token=...'],
  ['https://h/x?a=1&oauth_verifier=secret&b=2#c', 'https://h/x?a=1&oauth_verifier=...&b=2#c'],
  ['oob?oauth_token=secret&oauth_verifier=secret', 'oob?oauth_token=...&oauth_verifier=...'],
  ['https://h/api/oauth_token=x?limit=1', 'https://h/api/oauth_token=x?limit=1'],
])('%p is shown as %p', (url, shown) => {
  expect(withoutSecrets(url)).toBe(shown)
})

test.each([
  [{ url: 'https://h/x?a=1' }, 'GET "https://h/x?a=1"'],
  [{ url: 'https://h/x?oauth_token=secret', method: 'POST' }, 'POST "https://h/x?oauth_token=..."'],
  [{ url: `https://h/x?${'a'.repeat(120)}` }, 'GET "https://h/x?..."'],
])('%p is told as %p', (asked, line) => {
  expect(requestLine(asked)).toBe(line)
})
