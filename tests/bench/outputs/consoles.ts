import { type Address, type Change, type Token, tokenOf } from '@novnc-tokens/tokens'

/** So many consoles, each on a host of its own, with their tokens. */
export function consoles(count: number): ReadonlyMap<Token, Address> {
  const addresses = Array.from({ length: count }, (_, index) => ({
    host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    port: 5900 + (index % 100),
  }))
  return new Map(addresses.map((address) => [tokenOf(address), address]))
}

/** What a runner is told when all of them have been found. */
export function found(all: ReadonlyMap<Token, Address>): Change[] {
  return [...all].map(([token, address]) => ({ token, address, id: token, announced: true }))
}
