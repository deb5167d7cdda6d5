import { type ExitCode, exitCodeMeanings } from '../process/exit-codes.ts'

/** A command as the help and the dispatcher see it. */
export interface CommandSpec {
  name: string
  /** What it does, in a phrase that follows its name. */
  sentence: string
  /** What the phrase leaves out, in lines of at most 80 columns. */
  about: readonly string[]
  /** Command lines that work as they stand, without the program's name. */
  examples: readonly string[]
  /** What its exit codes mean, for the help. */
  exits: Readonly<Partial<Record<ExitCode, string>>>
}

const commonExits = { 0: 'done', 1: 'unexpected error', 2: 'bad flags or settings' } as const
const apiExits = { 3: 'API out of reach, or a broken answer', 4: 'log-in refused' } as const

const table = [
  {
    name: 'run',
    sentence: 'the daemon: keeps the tokens true to the platform',
    about: [
      'Watches the events of the platform, lists it from time to time, keeps files,',
      'folders and Redis, answers lookups and health checks. TERM ends it, HUP reads',
      'the env file and the secrets again and lists, USR1 lists at once, USR2 applies',
      'the removals that the guard holds.',
    ],
    examples: ['run --env-file /etc/novnc-tokens.env', 'run -a https://abiquo.example/api -u admin --pass-file pw'],
    exits: {
      ...commonExits,
      0: 'stopped by TERM or INT',
      2: 'bad flags or settings, port in use',
      5: 'another daemon keeps the file',
    },
  },
  {
    name: 'regen',
    sentence: 'lists once, writes the tokens and ends',
    about: [
      'For cron and for a first look. What could not be listed keeps its tokens.',
      'Runs beside the daemon without harm.',
    ],
    examples: [
      'regen -a https://abiquo.example/api -u admin --pass-file pw',
      'regen --env-file /etc/novnc-tokens.env --dry-run',
      'regen --env-file /etc/novnc-tokens.env -f -',
    ],
    exits: { ...Object.fromEntries(exitCodeMeanings), 2: commonExits[2] },
  },
  {
    name: 'events',
    sentence: 'prints the events of the platform as they happen',
    about: [
      'Readable lines on a terminal, one JSON object a line into a pipe. Filters that',
      'are given together must all hold. What becomes of the watch is told on stderr.',
      '--since takes a span (30s 90m 1h 7d), a date, or ISO 8601: 2026-11-20T10:00:00Z.',
      '-u is the user who logs in; --user chooses events by who did it.',
    ],
    examples: [
      'events --env-file my.env --severity warn,error --since 1h',
      'events --env-file my.env --since 7d --no-follow > week.json',
    ],
    exits: {
      ...commonExits,
      0: 'stopped, or all of the past is printed',
      3: 'API out of reach at the beginning; with --no-follow, not all could be had',
      4: 'log-in refused at the beginning',
    },
  },
  {
    name: 'authorize',
    sentence: 'makes the credentials of an OAuth log-in',
    about: [
      'Registers an application, or takes one that the platform knows, lets it act for',
      'the user who logs in, and prints four lines for an env file or --oauth-file.',
      'Redirect them to a new file: one that exists is emptied even if this fails.',
    ],
    examples: ['authorize --env-file my.env > oauth.new', 'authorize --env-file my.env --app-name host2 > oauth.new'],
    exits: { ...commonExits, ...apiExits },
  },
] as const satisfies readonly CommandSpec[]

/** The name of a command of this program. */
export type CommandName = (typeof table)[number]['name']

/** The commands in the order of the help. A new one is a row here, its name in the options that it takes, its settings. */
export const commands: readonly (CommandSpec & { name: CommandName })[] = table

/** The command of that name, undefined for any other word. */
export function commandNamed(word: string): (CommandSpec & { name: CommandName }) | undefined {
  return commands.find((each) => each.name === word)
}
