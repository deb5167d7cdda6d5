import type { CommandName } from '../command-line/commands.ts'

/** All commands. */
export const all = ['run', 'regen', 'events', 'authorize'] as const satisfies readonly CommandName[]

/** Those that read what a user of the API may see, and log in in any way. */
export const reading = ['run', 'regen', 'events'] as const satisfies readonly CommandName[]

/** Those that watch events. */
export const watching = ['run', 'events'] as const satisfies readonly CommandName[]

/** Those that write tokens. */
export const writing = ['run', 'regen'] as const satisfies readonly CommandName[]

/** The daemon alone. */
export const run = ['run'] as const satisfies readonly CommandName[]

/** The single list alone. */
export const regen = ['regen'] as const satisfies readonly CommandName[]

/** The print of events alone. */
export const events = ['events'] as const satisfies readonly CommandName[]

/** The OAuth flow alone. */
export const authorize = ['authorize'] as const satisfies readonly CommandName[]
