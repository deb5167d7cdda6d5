import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readFiles } from './files.ts'
import { type Finding, runCheck } from './finding.ts'

/** Gives the help of one of the binary's commands, or null when there is no such command. */
export type Help = (root: string, command: string) => Promise<string | null>

/**
 * Checks that the README and the pages of docs/ name only commands, scripts and flags that exist.
 *
 * @param help where to look a command up. @default the help that it prints
 */
export async function checkCommands(root: string, help: Help = printedHelp): Promise<readonly Finding[]> {
  const pages = await readFiles(root, (path) => path === 'README.md' || /^docs\/.+\.md$/.test(path))
  const findings: Finding[] = []
  const texts = new Map<string, Promise<string | null>>()
  const once: Help = (top, command) => {
    const text = texts.get(command) ?? help(top, command)
    texts.set(command, text)
    return text
  }
  for (const { path, text } of pages) {
    for (const call of calls(text)) {
      for (const what of await problems(root, call, once))
        findings.push({ file: path, line: call.line, what, mend: 'correct the page, or add what it promises' })
    }
  }
  return findings
}

interface Call {
  readonly line: number
  /** A script's name or path for `bun run`, a command of the binary else. */
  readonly name: string
  readonly script: boolean
  readonly flags: readonly string[]
}

/** Calls in code: between fences or indented, where a backslash continues a line, and between backquotes. */
function calls(text: string): Call[] {
  let fenced = false
  const lines = text.replace(/\\\n/g, (end) => end.replace('\\\n', '\v')).split('\n')
  let line = 0
  return lines.flatMap((joined) => {
    const first = line + 1
    line += joined.split('\v').length
    if (joined.trimStart().startsWith('```')) {
      fenced = !fenced
      return []
    }
    const code =
      fenced || /^(?: {4}|\t)/.test(joined)
        ? [joined]
        : [...joined.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
    return code.flatMap((piece) => callsIn(piece).map((call) => ({ line: first, ...call })))
  })
}

function callsIn(code: string): Omit<Call, 'line'>[] {
  const unquoted = code.replace(/'[^']*'|"[^"]*"/g, 'VALUE')
  const form = /(?:\bnovnc-tokens|(\bbun(?:@[\d.]+)? run)) ([a-z][\w./-]*)([^|;&#\n]*)/g
  return [...unquoted.matchAll(form)].map((match) => ({
    name: match[2] ?? '',
    script: match[1] !== undefined,
    flags: [...(match[3] ?? '').matchAll(/(?<=\s\[?)--?[a-zA-Z][\w-]*/g)].map(([flag]) => flag),
  }))
}

async function problems(root: string, { name, script, flags }: Call, help: Help): Promise<string[]> {
  const place = script ? await scriptFile(root, name) : null
  if (script && place === null) return [`names 'bun run ${name}', which does not exist`]
  const task = script ? /^scripts\/([\w-]+)\.ts$/.exec(name)?.[1] : name
  const known = (task === undefined ? null : await help(root, task)) ?? (await scriptText(root, place))
  const full = script ? `bun run ${name}` : `novnc-tokens ${name}`
  if (known === null) return [`names '${full}', which does not exist`]
  return flags.filter((flag) => !mentions(known, flag)).map((flag) => `names ${flag}, which '${full}' does not have`)
}

function mentions(text: string, flag: string): boolean {
  return new RegExp(`(?<![\\w-])${flag}(?![\\w-])`).test(text)
}

async function scriptFile(root: string, name: string): Promise<string | null> {
  const manifest: { scripts?: Record<string, string> } = await Bun.file(join(root, 'package.json')).json()
  const path = /scripts\/[\w./-]+\.ts/.exec(manifest.scripts?.[name] ?? name)?.[0]
  if (path === undefined) return manifest.scripts?.[name] === undefined ? null : 'package.json'
  return existsSync(join(root, path)) ? path : null
}

function scriptText(root: string, path: string | null): Promise<string | null> {
  return path === null ? Promise.resolve(null) : Bun.file(join(root, path)).text()
}

async function printedHelp(root: string, command: string): Promise<string | null> {
  const entry = 'scripts/novnc-tokens.ts'
  const child = Bun.spawn([process.execPath, entry, command, '--help'], {
    cwd: root,
    stderr: 'ignore',
    timeout: 10_000,
  })
  const text = await new Response(child.stdout).text()
  return (await child.exited) === 0 ? text : null
}

if (import.meta.main) await runCheck(checkCommands)
