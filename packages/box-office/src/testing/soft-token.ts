import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const PIN = '271828';

/** Where Debian, Fedora and Homebrew install it. */
const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/** SoftHSM: a token in software that programs reach as they reach a Ukey. */
export function softHsmModule(): string {
  const module = MODULES.find((path) => existsSync(path));
  if (module === undefined) throw new Error('SoftHSM is missing: apt-get install softhsm2');
  return module;
}

/** Compiles the binding to PKCS#11 where that was not done; pnpm brings what compiles it. */
export async function buildBinding(): Promise<void> {
  const directory = dirname(fileURLToPath(import.meta.resolve('pkcs11js')));
  if (!existsSync(join(directory, 'build', 'Release', 'pkcs11.node')))
    await run('node-gyp', ['rebuild'], { cwd: directory });
}

/** Has SoftHSM keep its tokens in a directory, for this process and those that it starts. */
export async function keepTokensIn(directory: string): Promise<void> {
  const [tokens, configuration] = [join(directory, 'tokens'), join(directory, 'softhsm2.conf')];
  await mkdir(tokens, { recursive: true });
  await writeFile(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`);
  process.env.SOFTHSM2_CONF = configuration;
}

/** Makes a token with keys of PEM files, by their IDs, and resolves to its serial number. */
export async function makeToken(label: string, keys: Readonly<Record<string, string>>): Promise<string> {
  const login = ['--token', label, '--pin', PIN];
  const made = await run('softhsm2-util', [
    '--init-token',
    '--free',
    '--label',
    label,
    '--so-pin',
    '314159',
    '--pin',
    PIN,
  ]);
  for (const [id, file] of Object.entries(keys)) {
    await run('softhsm2-util', ['--import', file, ...login, '--label', `key ${id}`, '--id', id]);
  }
  const { stdout } = await run('softhsm2-util', ['--show-slots']);
  const [, serial] = new RegExp(`Serial number:\\s+(\\S+)[^]{0,200}Label:\\s+${label}\\s`).exec(stdout) ?? [];
  if (serial === undefined) throw new Error(`SoftHSM made no token ${label}: ${made.stdout}${stdout}`);
  return serial;
}
