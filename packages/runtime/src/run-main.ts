import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import type { Command } from 'commander';

/** The workspace's own cache: anybody who can write there can write the sources. */
const KEPT_WITH_SOURCES = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'compiled');

/** Runs the command of a process (`runProgram`). A main file imports nothing else: the compile cache holds what is imported from here on. */
export async function runMain(load: () => Promise<Command>): Promise<never> {
  // Threads and processes that this one starts find it there.
  process.env.NODE_COMPILE_CACHE ||= KEPT_WITH_SOURCES;
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { runProgram } = await import('./program.ts');
  return runProgram(await load(), process.argv);
}
