import type { Clock } from '@novnc-tokens/api'
import type { Note, TakeNote } from '@novnc-tokens/tokens'
import { adviceFor } from '../advice.ts'
import { heldAdvice } from './held-advice.ts'
import type { Logger } from './log.ts'
import { noneInDatacenter } from './none-in-datacenter.ts'
import { Reopening } from './reopening.ts'
import { type LogLevel, Repeats } from './repeats.ts'

/** A line of the log. */
export interface NoteLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What is logged of addresses that cannot be used between two lists: a platform may have thousands of them. */
const mostRefusedAddresses = 10

/** Logs notes, and knows what was told before. */
export interface NoteLog {
  take: TakeNote
  /** Somebody asked for a list: what becomes of the next one is told, however routine it is. */
  listAsked(): void
}

/**
 * Logs notes, a line each. An outage is told when it begins, when its reason changes, and each ten minutes; what could
 * flood otherwise is counted instead.
 */
export function noteLog(logger: Pick<Logger, LogLevel>, clock: Pick<Clock, 'now'>): NoteLog {
  const repeats = new Repeats(clock)
  const reopening = new Reopening()
  let listed = false
  let refused = 0
  let blind = false
  const take: TakeNote = (note) => {
    const { level, message, fields } = lineOf(note)
    switch (note.kind) {
      case 'listed':
        // The first one, and the first after a failure, tell that all is well; the others are routine.
        logger[listed ? 'debug' : level](fields, message)
        listed = true
        repeats.works('list')
        break
      case 'list-incomplete':
        logger[repeats.failed('list', note.why, level)](fields, message)
        listed = false
        break
      case 'watch-open':
        repeats.works('watch')
        logger[reopening.opened(note.by) ? 'debug' : level](fields, message)
        return
      case 'watch-down':
        logger[reopening.lost(note.retryInMs === 0) ? 'debug' : repeats.failed('watch', note.why, level)](
          fields,
          message,
        )
        return
      case 'gap':
        logger[reopening.routine && note.closing ? 'debug' : level](fields, message)
        return
      case 'caught-up':
        logger[reopening.routine && note.recovered === 0 ? 'debug' : level](fields, message)
        reopening.over()
        return
      case 'gap-made-up':
        logger[reopening.routine ? 'debug' : level](fields, message)
        return
      case 'unannounced':
        // That each list finds some is what being blind means, and told by that.
        logger[blind ? 'debug' : level](fields, message)
        return
      case 'blind':
      case 'sighted':
        blind = note.kind === 'blind'
        logger[level](fields, message)
        return
      case 'loaded':
      case 'written':
        repeats.works(`output ${note.output}`)
        logger[level](fields, message)
        return
      case 'load-failed':
      case 'write-failed':
        logger[repeats.failed(`output ${note.output}`, `${note.kind} ${note.why}`, level, note.retryInMs)](
          fields,
          message,
        )
        return
      case 'write-blocked':
        // The others are written meanwhile, and that it works is no news.
        logger[repeats.failed(`output ${note.output} in part`, note.why, level)](fields, message)
        return
      case 'address-refused':
        refused++
        logger[refused > mostRefusedAddresses ? 'debug' : level](fields, message)
        return
      default:
        logger[level](fields, message)
        return
    }
    const more = refused - mostRefusedAddresses
    if (more > 0) logger.warn({ more }, 'More addresses of virtual machines cannot be used; level debug names them')
    refused = 0
  }
  const listAsked = () => {
    listed = false
    repeats.works('list')
  }
  return { take, listAsked }
}

/** How a note reads in the log. */
export function lineOf(note: Note): NoteLine {
  switch (note.kind) {
    case 'loaded': {
      const { output, tokens, refused } = note
      if (refused === 0) return line('info', 'Read what the output has', { output, tokens })
      return line('warn', 'Read what the output has; lines that are no tokens will go', { output, tokens, refused })
    }
    case 'load-failed':
      return failure('error', 'The output cannot be read; it keeps what it has', note)
    case 'written': {
      const { output, added, removed, tokens, durationMs } = note
      return line('info', 'Wrote the output', { output, added, removed, tokens, ms: Math.round(durationMs) })
    }
    case 'write-failed':
      return failure('error', 'The output cannot be written; it keeps what it has', note)
    case 'write-blocked':
      return failure('error', 'Some tokens of the output cannot be written; all others are', note)
    case 'compared':
      return line('debug', 'Compared all that the output has', { output: note.output, tokens: note.tokens })
    case 'progress':
      return line('info', 'Writing the output', { output: note.output, done: note.done, total: note.total })
    case 'uncarried':
      return line('warn', 'The output cannot carry IPv6: tokens are left out', {
        output: note.output,
        tokens: note.tokens,
      })
    case 'malformed-line': {
      const { output, hostPort } = note
      return line('error', 'No reader could make sense of a line, so it is left out: please report it', {
        output,
        hostPort,
      })
    }
    case 'role':
      return line(
        'info',
        note.role === 'leader'
          ? 'Leader: this process writes the output'
          : note.yielded
            ? 'Standby: another process sees the platform, which this one does not, and writes the output'
            : 'Standby: another process writes the output',
        {
          output: note.output,
        },
      )
    case 'changed-by-others':
      return line('warn', 'Somebody else changed the output; a list will tell what is right', { output: note.output })
    case 'held': {
      const { output, tokens, why } = note
      return line('warn', `The guard holds removals: ${heldAdvice(why)}`, { output, tokens, why })
    }
    case 'held-no-more':
      return line('info', 'The guard holds nothing any more', { output: note.output })
    case 'let-go':
      return line('info', 'The held removals are applied', { output: note.output, tokens: note.tokens })
    case 'event':
      return line('debug', 'Event', { action: note.action, path: note.path })
    case 'read-failed':
      return failure('warn', 'A single read failed', note)
    case 'listed': {
      const { enterprises, vms, tokens, unannounced, durationMs } = note
      const leftOut = Object.values(note.leftOut).reduce((sum, each) => sum + each, 0)
      const fields = { enterprises, vms, tokens, ...(leftOut === 0 ? {} : { leftOut }) }
      const none = noneInDatacenter(note.tokens, note.leftOut)
      const message = none === null ? 'Listed everything' : `Listed everything. ${none}`
      return line(none === null ? 'info' : 'warn', message, { ...fields, unannounced, ms: Math.round(durationMs) })
    }
    case 'list-incomplete':
      return failure('warn', 'The list is not complete; what it lacks keeps its tokens', note)
    case 'enterprise-refused':
      return failure('warn', 'An enterprise refuses the user; what is known of it is kept', note)
    case 'enterprise-gone':
      return line('info', 'An enterprise is gone', { enterprise: note.enterprise })
    case 'enterprise-unknown':
      return line('warn', 'The platform has no such enterprise as is chosen', { enterprise: note.enterprise })
    case 'address-refused':
      return failure('warn', 'The address of a virtual machine cannot be used; it gets no token', note)
    case 'watch-open':
      if (note.by !== 'poll') return line('info', 'The event stream is open', {})
      return note.instead === null
        ? line('info', 'Polling for events', {})
        : line('warn', 'Polling for events instead of streaming them', { why: note.instead })
    case 'watch-down':
      return failure('warn', 'No events come; lists find changes meanwhile', {
        ...note,
        why: `${note.why}${adviceFor(note.why)}`,
      })
    case 'gap':
      return note.closing
        ? line('info', 'Events may have been missed; the history is asked for them', { why: note.why })
        : line('warn', 'Events were missed; everything is listed', { why: note.why })
    case 'caught-up':
      return line('info', 'Caught up with the events', { recovered: note.recovered })
    case 'gap-made-up':
      return line('info', 'A complete list made up for the events that were missed', {})
    case 'unannounced':
      return line('info', 'A list found changes that no event announced', { vms: note.vms })
    case 'blind': {
      const { unannounced, hint } = note
      return line('warn', 'Lists find what no event tells, so they come more often', { unannounced, hint })
    }
    case 'sighted':
      return line('info', 'Events tell again what lists find', {})
    case 'defect': {
      const { what, error } = note
      return line('error', 'This must not happen: please report it', { what, err: error })
    }
  }
}

function line(level: NoteLine['level'], message: string, fields: NoteLine['fields']): NoteLine {
  return { level, message, fields }
}

/** The line of something that failed: the note's own facts, and when it is tried again. */
function failure(level: NoteLine['level'], message: string, note: Note & { readonly why: string }): NoteLine {
  const { kind: _, why, ...fields } = note
  if (!('retryInMs' in fields)) return line(level, message, { ...fields, why })
  const { retryInMs, ...others } = fields
  if (retryInMs === null) return line(level, message, { ...others, why })
  return line(level, message, { ...others, why, retryInSeconds: Math.ceil(retryInMs / 1000) })
}
