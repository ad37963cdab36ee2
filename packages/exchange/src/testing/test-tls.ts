import { type CertifiedKey, issueAuthority, issueServerCertificate } from '../tls/certificates.ts';

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
