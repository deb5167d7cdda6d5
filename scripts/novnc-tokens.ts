#!/usr/bin/env bun
/** The program: finds the command and runs its task. */
import { authorize } from './authorize.ts'
import { events } from './events.ts'
import { parseCommandLine } from './lib/command-line/command-line.ts'
import { main } from './lib/process/main.ts'
import { runTask } from './lib/process/task.ts'
import { regen } from './regen.ts'
import { run } from './run.ts'

const tasks = { run, regen, events, authorize }

if (import.meta.main) await main((report) => runTask(parseCommandLine(process.argv.slice(2)), tasks, report))
