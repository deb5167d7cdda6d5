import { textAnswer } from './answers.ts'
import { type Action, actions, type Input } from './control-actions.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Mock } from './mock.ts'

/** Answers `/control/NAME`: the body is a JSON object of arguments, the answer JSON; `/control` lists the names. */
export function controlHandler(mock: () => Mock): (exchange: Exchange) => void {
  return function control(exchange) {
    void answerTo(exchange, mock()).then((answer) => exchange.send(answer))
  }
}

async function answerTo({ request }: Exchange, mock: Mock): Promise<Answer> {
  const name = request.path.slice('/control/'.length)
  if (name === '') return json(200, { actions: Object.keys(actions) })
  const action: Action | undefined = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined) return json(404, { error: `There is no "${name}"`, actions: Object.keys(actions) })
  try {
    return json(200, (await action(mock, inputOf(request.body))) ?? {})
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) })
  }
}

function inputOf(body: string): Input {
  const input: unknown = body.trim() === '' ? {} : JSON.parse(body)
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new Error('Send a JSON object')
  return input as Input
}

function json(status: number, value: unknown): Answer {
  return textAnswer(status, 'application/json', `${JSON.stringify(value)}\n`)
}
