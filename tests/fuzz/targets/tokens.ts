import { parseLine, parseLines } from '@novnc-tokens/tokens'
import { readAsWebsockify } from '../oracles.ts'
import { must, type Target } from '../target.ts'

/** A token file that is loaded at the start. */
export const tokens: Target = {
  name: 'tokens',
  about: 'token files that are there at the start: no line out that was not one',
  words: [
    ': ',
    ':',
    '\r\n',
    '\n',
    '\r',
    '#',
    '0123456789abcdef0123456789abcdef: ',
    '10.0.0.1:5900',
    '2001:db8::1:5900',
    ':65536',
    ':0',
    '\u00a0',
    '\ufeff',
    '\u2028',
  ],
  async run(input) {
    const text = Buffer.from(input).toString('utf8')
    const { lines, refused, exact } = parseLines(text)
    const rendered = lines.render()
    const given = new Set(text.split('\n').map((line) => line.trimEnd()))
    for (const line of lines.texts()) {
      must(given.has(line), `a line was not there: ${JSON.stringify(line)}`)
      must(parseLine(line) !== null, `a line is none: ${JSON.stringify(line)}`)
      must(/^[0-9a-f]{32}: [!-~]+:\d{1,5}$/.test(line), `a line is not of the safe form: ${JSON.stringify(line)}`)
    }
    must(exact === (rendered === text), 'it is said to be exact, or not, and is the other')
    must(refused >= 0 && lines.size <= given.size, 'there are more lines than there were')
    const again = parseLines(rendered)
    must(again.exact && again.refused === 0 && again.lines.size === lines.size, 'what is written is not read as such')
    const read = readAsWebsockify(rendered)
    must(read.size === lines.size, 'websockify reads another number of lines')
    for (const line of lines.texts()) {
      const [host, port] = read.get(line.slice(0, 32)) ?? []
      must(line === `${line.slice(0, 32)}: ${host}:${port}`, `websockify reads something else than ${line}`)
    }
  },
}
