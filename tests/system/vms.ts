import { addressOf, type Mock, tokenLinesOf, type VirtualMachine } from '../mock-abiquo/index.ts'

/** The line that a VM with an address has in the token file. */
export function lineOf(vm: Pick<VirtualMachine, 'ip' | 'port'>): string {
  const address = addressOf(vm)
  const [line] = address === null ? [] : tokenLinesOf([address])
  if (line === undefined) throw new Error('The VM has no address')
  return line
}

/** A VM that has its address for itself, or one that is not deployed; one of many by its number. */
export function some(mock: Mock, deployed: boolean, number = 0): VirtualMachine {
  const count = new Map<string, number>()
  for (const { ip, port } of mock.platform.vms) count.set(`${ip}:${port}`, (count.get(`${ip}:${port}`) ?? 0) + 1)
  const fitting = mock.platform.vms.filter((each) =>
    deployed ? addressOf(each) !== null && count.get(`${each.ip}:${each.port}`) === 1 : each.host === null,
  )
  const vm = fitting[number]
  if (vm === undefined) throw new Error('The mock has no such VM')
  return vm
}

/** The text of a right token file. */
export function fileOf({ platform }: Mock): string {
  return platform
    .tokenLines()
    .map((line) => `${line}\n`)
    .join('')
}

/** Changes the password on the platform's side. */
export function anotherPassword(mock: Mock): void {
  const account = mock.accounts.get(mock.username)
  if (account === undefined) throw new Error('The mock has no such account')
  mock.accounts.set({ ...account, password: 'another' })
}
