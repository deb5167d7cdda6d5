import { expect, test } from 'bun:test'
import { Lease, leaseMs } from './lease.ts'

test('nobody is known to write before anything was answered', () => {
  expect(new Lease().role(0)).toBeUndefined()
})

test('a lease lasts from when it was asked for, and is asked for again in thirds of that', () => {
  const lease = new Lease()
  lease.take(true, 1000)
  expect([
    lease.role(1100),
    lease.askAgainMs(1100),
    lease.role(1000 + leaseMs - 1),
    lease.role(1000 + leaseMs),
  ]).toEqual(['leader', leaseMs / 3, 'leader', 'standby'])
  expect(lease.askAgainMs(1000 + leaseMs)).toBe(250)
})

test('a lease that is refused is another process’s, which is asked for often', () => {
  const lease = new Lease()
  lease.take(true, 0)
  lease.take(false, 100)
  expect([lease.role(100), lease.askAgainMs(100)]).toEqual(['standby', 250])
  lease.take(true, 350)
  expect(lease.role(350)).toBe('leader')
})

test('one that is lost is another process’s only once that was answered', () => {
  const lease = new Lease()
  lease.take(true, 0)
  lease.lose()
  const seen = [lease.role(0), lease.refused]
  lease.take(false, 1)
  expect([...seen, lease.role(1), lease.refused]).toEqual(['standby', false, 'standby', true])
})

test('a standby takes over within ten seconds of the last renewal, comparing 100,000 keys included', () => {
  const lease = new Lease()
  lease.take(false, 0)
  const comparingMs = 2000
  expect(leaseMs + lease.askAgainMs(0) + comparingMs).toBeLessThan(10_000)
})
