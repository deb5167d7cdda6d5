import { hash } from 'node:crypto'
import type { Address } from './address.ts'

/** 32 hexadecimal digits in lower case, by which websockify knows an address. */
export type Token = string

/** Whether a text is a token. */
export function isToken(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

/**
 * The token of an address: MD5 of `HOST:PORT`, as Abiquo's web console computes it in the browser.
 *
 * @example
 * ```ts
 * tokenOf({ host: '10.60.1.79', port: 5901 }) // '2e843805d056a266227cbb6b699a7ee0'
 * ```
 */
export function tokenOf(address: Address): Token {
  return hash('md5', `${address.host}:${address.port}`, 'hex')
}
