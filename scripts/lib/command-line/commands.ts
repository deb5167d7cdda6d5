/** A command as the help and the dispatcher see it. */
export interface CommandSpec {
  name: string
  /** What it does, in a phrase that follows its name. */
  sentence: string
  /** What the phrase leaves out, in lines of at most 80 columns. */
  about: readonly string[]
  /** Command lines that work as they stand, without the program's name. */
  examples: readonly string[]
}

const table = [
  {
    name: 'run',
    sentence: 'the daemon: keeps the token file true to the platform',
    about: [
      'Watches the events of the platform, lists it from time to time, answers health',
      'checks. TERM ends it, HUP reads the env file and the secrets again and lists,',
      'USR1 lists at once, USR2 applies the removals that the guard holds.',
    ],
    examples: ['run --env-file /etc/novnc-tokens.env', 'run -a https://abiquo.example/api -u admin --pass-file pw'],
  },
  {
    name: 'regen',
    sentence: 'lists once, writes the token file and ends',
    about: [
      'For cron and for a first look. What could not be listed keeps its tokens.',
      'Runs beside the daemon without harm.',
    ],
    examples: [
      'regen -a https://abiquo.example/api -u admin --pass-file pw',
      'regen --env-file /etc/novnc-tokens.env --dry-run',
      'regen --env-file /etc/novnc-tokens.env -f -',
    ],
  },
  {
    name: 'events',
    sentence: 'prints the events of the platform as they happen',
    about: [
      'Readable lines on a terminal, one JSON object a line into a pipe. Filters that',
      'are given together must all hold. What becomes of the watch is told on stderr.',
    ],
    examples: [
      'events --env-file my.env --severity warn,error --since 1h',
      'events --env-file my.env --since 7d --no-follow > week.json',
    ],
  },
  {
    name: 'authorize',
    sentence: 'makes the credentials of an OAuth log-in',
    about: [
      'Registers an application, or takes one that the platform knows, lets it act for',
      'the user who logs in, and prints four lines for an env file or --oauth-file.',
    ],
    examples: ['authorize --env-file my.env > oauth', 'authorize --env-file my.env --app-name billing > oauth'],
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
