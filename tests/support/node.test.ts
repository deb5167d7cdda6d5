import { expect, test } from 'bun:test'
import { nodeProblem, type Versions } from './node.ts'

test.each<[string[], Versions, string | null]>([
  [['node', 'npm'], { node: '20.12.0' }, null],
  [['node', 'npm'], { node: '26.1.0' }, null],
  [['node', 'npm'], { node: '20.11.1' }, 'node on the PATH is 20.11.1, and the packages need 20.12 or later'],
  [['node', 'npm'], { node: '18.20.8' }, 'node on the PATH is 18.20.8, and the packages need 20.12 or later'],
  [['node', 'npm'], { node: '24.3.0', bun: '1.4.5' }, 'node on the PATH is no Node'],
  [['node', 'npm'], {}, 'node on the PATH is no Node'],
  [['node'], { node: '20.12.0' }, 'there is no npm on the PATH'],
  [['npm'], {}, 'there is no node on the PATH'],
])('with %p and %p: %s', (programs, versions, problem) => {
  const which = (name: string): string | null => (programs.includes(name) ? `/usr/bin/${name}` : null)
  expect(nodeProblem(which, () => versions)).toBe(problem)
})
