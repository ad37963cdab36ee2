import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Runs a program of the machine, such as openssl, to its end and answers what it printed. */
export function run(program: string, args: readonly string[], input: string | Buffer = '', cwd?: string): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, cwd, maxBuffer: 16 * 1024 * 1024 });
  if (error !== undefined || status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error ?? stderr}`);
  return stdout;
}

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

/** A new key and a certificate for 127.0.0.1 that it signed itself, both PEM; valid for two days. */
export function selfSignedCertificate(commonName: string): { key: string; cert: string } {
  const directory = mkdtempSync(join(tmpdir(), 'self-signed-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-days', '2', '-subj', `/CN=${commonName}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject]);
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(directory, { recursive: true });
  return pair;
}
