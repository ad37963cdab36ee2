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

/** Compiles a C source into a library for LD_PRELOAD and returns its path. `needed`: what cannot be played without it. */
export function compilePreload(source: URL, directory: string, needed: string): string {
  const library = join(directory, `${basename(source.pathname, '.c')}.so`);
  const args = `-shared -fPIC -O2 -Wall -Wextra -Werror -ldl -lpthread -o ${library} ${fileURLToPath(source)}`;
  try {
    run('cc', args.split(' '));
  } catch (error) {
    const needs = `${needed} needs a C compiler on Linux with glibc (Debian, Ubuntu: apt-get install gcc libc6-dev)`;
    throw new Error(needs, { cause: error });
  }
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
