#!/usr/bin/env bun
/** `bun run bench [NAME...] [--quick] [--json FILE]` measures what the program promises, each figure with its floor. */
import { bench } from '../tests/bench/program.ts'

if (import.meta.main) process.exitCode = await bench(process.argv.slice(2))
