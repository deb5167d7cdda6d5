import { must, type Target } from '../target.ts'

/** A target that does something it must not, at some of its inputs. */
function bad(name: string, run: (input: Uint8Array) => void | Promise<void>): Target {
  return {
    name,
    about: 'does what must not be',
    words: ['word'],
    withinMs: 1000,
    run: async (input) => {
      if (input.length > 0) await run(input)
    },
  }
}

/** What a hunt has to catch, each in one of its ways. */
export const allTargets: readonly Target[] = [
  bad('good', () => {}),
  bad('wrong', () => must(false, 'It is wrong')),
  bad('endless', () => {
    for (;;);
  }),
  bad('never', () => new Promise<void>(() => {})),
  bad('ended', () => process.exit(7)),
  bad('unheard', () => void Promise.reject(new Error('Nobody waits for this'))),
  bad('polluting', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true })
  }),
]
