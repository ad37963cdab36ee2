import { issueAuthority, issueServerCertificate } from '@ticket-check/exchange';

const DAY_MS = 86_400_000;
const DAYS = 3650;

/** A certificate for one host, its key, and the CA that issued it and nothing else; all PEM. RSA, which every peer in use takes. */
export type Certificate = { ca: string; cert: string; key: string };

export async function makeCertificate(host: string): Promise<Certificate> {
  const now = Date.now();
  const validity = { from: new Date(now - DAY_MS), until: new Date(now + DAYS * DAY_MS) };
  const authority = await issueAuthority('conformance kit', validity, [host]);
  return { ca: authority.cert, ...(await issueServerCertificate(authority, [host], validity)) };
}
