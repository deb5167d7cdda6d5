import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { VirtualMachine } from './model.ts'

/** Where a console is. */
export interface Address {
  readonly ip: string
  readonly port: number
}

/** The address of a virtual machine's console, or null where none may have a token. */
export function addressOf(vm: Pick<VirtualMachine, 'ip' | 'port'>): Address | null {
  const port = Number(vm.port)
  if (vm.ip === null || !Number.isInteger(port) || port < 1 || port > 65_535) return null
  if (isIP(vm.ip) === 0 && !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(vm.ip)) return null
  return { ip: vm.ip, port }
}

/** The lines of a right token file, sorted, each once. */
export function tokenLinesOf(addresses: Iterable<Address>): string[] {
  const lines = new Set<string>()
  for (const { ip, port } of addresses) {
    const text = `${ip}:${port}`
    lines.add(`${createHash('md5').update(text).digest('hex')}: ${text}`)
  }
  return [...lines].sort()
}
