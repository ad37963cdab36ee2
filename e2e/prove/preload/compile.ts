import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Compiles a C source into a library for LD_PRELOAD, with the system's compiler, and answers where it lies.
 *
 * @param source the path of `<name>.c`; the library is `<name>.so` in `directory`
 * @param needed what cannot be played without it, and begins the message where it cannot be compiled
 */
export function compilePreload(source: string, directory: string, needed: string): string {
  const needs = `${needed} needs a C compiler on Linux with glibc: install one (Debian, Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc)`;
  if (process.platform !== 'linux') throw new Error(`${needs}. This system is ${process.platform}.`);
  const library = join(directory, `${source.slice(source.lastIndexOf('/') + 1, -'.c'.length)}.so`);
  const args = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', library, source, '-ldl', '-lpthread'];
  const { status, stderr, error } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${needs}. Running cc failed: ${error.message}`);
  if (status !== 0) throw new Error(`${needs}. cc ended with ${status}:\n${stderr}`);
  return library;
}
