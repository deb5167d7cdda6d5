import { OutputError, type RedisConnection, RedisError, RedisOutput } from '@novnc-tokens/tokens'
import { readAsWebsockify } from '../oracles.ts'
import { SteppedClock } from '../stepped-clock.ts'
import { must, type Target } from '../target.ts'

/** What a Redis answers when an output is loaded. */
export const redis: Target = {
  name: 'redis',
  about: 'answers of a Redis, each a line of JSON, to the output that loads it: lines, or a typed error',
  words: [
    '[0]',
    '[1,0,0,"",""]',
    '["0",[]]',
    '["1",["0123456789abcdef0123456789abcdef"]]',
    'null',
    '"{\\"host\\":\\"10.0.0.1:5900\\"}"',
    '{"host":"',
    ':5900"}',
  ],
  async run(input) {
    const answers = Buffer.from(input).toString('utf8').split('\n').map(answerOf)
    const clock = new SteppedClock()
    let calls = 0
    const open = async (): Promise<RedisConnection> => {
      const closed = Promise.withResolvers<void>()
      return {
        async call() {
          must(++calls < 2000, 'over 2000 commands to load an output')
          const answer = answers[Math.min(calls - 1, answers.length - 1)]
          if (answer === undefined) throw new RedisError('ERR no answer', true)
          return answer
        },
        closed: closed.promise,
        close: () => closed.resolve(),
      }
    }
    const output = new RedisOutput({ url: 'redis://h', clock, id: 'fuzz', open })
    try {
      const { lines } = await clock.through(output.load())
      must(readAsWebsockify(lines.render()).size === lines.size, 'websockify reads another number of lines')
    } catch (error) {
      if (!(error instanceof OutputError)) throw error
    } finally {
      await clock.through(output[Symbol.asyncDispose]())
    }
  },
}

/** What a line means as JSON; undefined, for an error, where it is none. */
function answerOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
