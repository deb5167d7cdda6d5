#!/usr/bin/env bun
/** `bun run fuzz [NAME...] [--minutes N] [--seed S]` feeds damaged input to parts of the program. */
import { fuzz } from '../tests/fuzz/program.ts'

if (import.meta.main) process.exitCode = await fuzz(process.argv.slice(2))
