import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Compiles a C source into a library for LD_PRELOAD, with the system's compiler, and returns its path in `directory`.
 *
 * @param needed what cannot be played without it, which begins the message if it cannot be compiled
 */
export function compilePreload(source: URL, directory: string, needed: string): string {
  const needs = `${needed} needs a C compiler on Linux with glibc: install one (Debian, Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc)`;
  if (process.platform !== 'linux') throw new Error(`${needs}. This system is ${process.platform}.`);
  const library = join(directory, `${basename(source.pathname, '.c')}.so`);
  const args = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', library, fileURLToPath(source)];
  const { status, stderr, error } = spawnSync('cc', [...args, '-ldl', '-lpthread'], { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${needs}. Running cc failed: ${error.message}`);
  if (status !== 0) throw new Error(`${needs}. cc ended with ${status}:\n${stderr}`);
  return library;
}
