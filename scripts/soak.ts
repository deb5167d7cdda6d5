#!/usr/bin/env bun
/** `bun run soak [NAME...] [--minutes N]` puts parts of the program under load for minutes of real time. */
import { soak } from '../tests/soak/program.ts'

if (import.meta.main) process.exitCode = await soak(process.argv.slice(2))
