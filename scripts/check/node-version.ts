import { join } from 'node:path'
import { isProgram, readFiles } from './files.ts'
import { type Finding, runCheck } from './finding.ts'
import { codeLines } from './source.ts'

/** Something that runtimes have since a version of Node. */
interface Newcomer {
  readonly form: RegExp
  /** First version of Node that has it; null where none does. */
  readonly since: string | null
  readonly mend: string
}

const promise = 'keep resolve and reject of a new Promise'
const loop = 'write a loop'
const tryCatch = 'write try and finally'
const bunOnly = 'use what Node has too'

/** Versions are those of Node's documentation, and of V8 in that version. */
const newcomers: readonly Newcomer[] = [
  { form: /\bBun\.\w+/, since: null, mend: bunOnly },
  { form: /\bfrom 'bun(?::\w+)?'/, since: null, mend: bunOnly },
  { form: /\bimport\.meta\.(?:dir|path|file|main|env)\b/, since: null, mend: bunOnly },
  { form: /\bPromise\.withResolvers\b/, since: '22.0', mend: promise },
  { form: /\bPromise\.try\b/, since: '24.0', mend: 'call an async function' },
  { form: /\bURL\.parse\b/, since: '20.18', mend: 'ask URL.canParse first, or catch' },
  { form: /\bURLPattern\b/, since: '24.0', mend: 'use an expression' },
  { form: /\bArray\.fromAsync\b/, since: '22.0', mend: loop },
  { form: /\b(?:Object|Map)\.groupBy\b/, since: '21.0', mend: loop },
  {
    form: /\.(?:union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(/,
    since: '22.0',
    mend: loop,
  },
  {
    form: /\.(?:(?:values|keys|entries)\(\)|matchAll\([^()]*\))\s*\.(?:map|filter|take|drop|flatMap|reduce|toArray|forEach|some|every|find)\(/,
    since: '22.0',
    mend: 'spread it into an array first',
  },
  { form: /\bIterator\.(?:from|prototype|concat)\b/, since: '22.0', mend: loop },
  { form: /\b(?:Async)?DisposableStack\b/, since: '24.0', mend: tryCatch },
  { form: /\bnew SuppressedError\b/, since: '24.0', mend: 'give the cause of an Error' },
  { form: /\bRegExp\.escape\b/, since: '24.0', mend: 'escape by a replacement' },
  { form: /\bError\.isError\b/, since: '24.0', mend: 'use instanceof' },
  { form: /\bMath\.(?:sumPrecise|f16round)\b/, since: '24.0', mend: loop },
  { form: /\bFloat16Array\b/, since: '24.0', mend: 'use a Float32Array' },
  { form: /\bUint8Array\.from(?:Base64|Hex)\b|\.to(?:Base64|Hex)\(/, since: '25.0', mend: 'use a Buffer' },
  { form: /\.getOrInsert(?:Computed)?\(/, since: '26.0', mend: 'get, and set what is not there' },
  { form: /\bnew (?:WebSocket|CloseEvent)\b/, since: '22.0', mend: 'do without' },
  { form: /\bnew EventSource\b/, since: null, mend: 'do without' },
  { form: /\bnavigator\./, since: '21.0', mend: 'use node:os' },
  { form: /\bprocess\.getBuiltinModule\b/, since: '20.16', mend: 'import it' },
  { form: /\bfrom 'node:(?:sqlite|sea)'/, since: '22.5', mend: 'do without' },
  { form: /\bcrypto\.hash\(|\bhash\b[^'}]*\} from 'node:crypto'/, since: '20.12', mend: 'use createHash' },
]

/**
 * Checks that packages use nothing younger than the oldest Node that their package.json names under `engines`. The
 * build of the packages finds what has types; this tells the place, and finds the globals of Bun.
 */
export async function checkNodeVersion(root: string): Promise<readonly Finding[]> {
  const files = await readFiles(root, (path) => path.startsWith('packages/') && isProgram(path) && !isForTests(path))
  const oldest = new Map<string, string | null>()
  const findings: Finding[] = []
  for (const { path, text } of files) {
    const name = path.split('/')[1] ?? ''
    if (!oldest.has(name)) oldest.set(name, await oldestNode(root, name))
    const lowest = oldest.get(name) ?? '0.0'
    const young = newcomers.filter(({ since }) => since === null || isYounger(since, lowest))
    findings.push(
      ...codeLines(text).flatMap((line, index) =>
        young.flatMap(({ form, since, mend }) => {
          const used = form.exec(line)?.[0]
          if (used === undefined) return []
          const who = since === null ? 'no Node has' : `Node has since ${since}, and not in ${lowest}`
          return [{ file: path, line: index + 1, what: `uses ${used}, which ${who}`, mend }]
        }),
      ),
    )
  }
  const silent = [...oldest].filter(([, version]) => version === null).map(([name]) => `packages/${name}/package.json`)
  const mend = 'say the oldest Node, such as ">=20.12"'
  return [...silent.map((file) => ({ file, line: 1, what: 'has no engines.node', mend })), ...findings]
}

function isForTests(path: string): boolean {
  return path.includes('/testing/')
}

async function oldestNode(root: string, name: string): Promise<string | null> {
  const file = Bun.file(join(root, 'packages', name, 'package.json'))
  const manifest: { engines?: { node?: string } } = (await file.exists()) ? await file.json() : {}
  return /^>=(\d+\.\d+)/.exec(manifest.engines?.node ?? '')?.[1] ?? null
}

function isYounger(version: string, lowest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [lowestMajor = 0, lowestMinor = 0] = lowest.split('.').map(Number)
  return major > lowestMajor || (major === lowestMajor && minor > lowestMinor)
}

if (import.meta.main) await runCheck(checkNodeVersion)
