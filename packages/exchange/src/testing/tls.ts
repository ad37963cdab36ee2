import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CertifiedKey, issueAuthority, issueServerCertificate } from '../tls/certificates.ts';
import { loadServiceCertificate } from '../tls/server-certificate.ts';

export type TestTls = CertifiedKey & { ca: string };

const HOUR_MS = 3600 * 1000;

let shared: Promise<TestTls> | undefined;

/** A certificate for localhost and 127.0.0.1 from a CA of its own; each call makes another CA. */
export async function testTls(hosts: readonly string[] = ['localhost', '127.0.0.1']): Promise<TestTls> {
  const validity = { from: new Date(Date.now() - HOUR_MS), until: new Date(Date.now() + HOUR_MS) };
  const authority = await issueAuthority('test CA', validity);
  return { ...(await issueServerCertificate(authority, hosts, validity)), ca: authority.cert };
}

/** One such certificate for all servers of a test file: making one takes longer than most tests. */
export function sharedTls(): Promise<TestTls> {
  shared ??= testTls();
  return shared;
}

type Files = [name: string, content: Buffer][];

let made: Promise<Files> | undefined;

/**
 * Puts into a data directory what a first start leaves there: a local CA and the certificate of this machine's own names.
 * They are made once for all tests of a file.
 */
export async function placeCertificate(dataDir: string): Promise<void> {
  made ??= make();
  const directory = join(dataDir, 'tls');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, content] of await made) await writeFile(join(directory, name), content, { mode: 0o600 });
}

async function make(): Promise<Files> {
  const directory = await mkdtemp(join(tmpdir(), 'test-certificate-'));
  try {
    await loadServiceCertificate({ DATA_DIR: directory, HOST: 'localhost', PUBLIC_URL: 'https://localhost' });
    const names = await readdir(join(directory, 'tls'));
    return await Promise.all(
      names.map(async (name): Promise<Files[number]> => [name, await readFile(join(directory, 'tls', name))]),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}
