import { X509Certificate } from 'node:crypto';
import { linkSync, renameSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import { syncDirectory, writeDurably } from '@ticket-check/storage';
import {
  type CertifiedKey,
  isPermitted,
  issueAuthority,
  issueServerCertificate,
  type KeyKind,
  permittedHosts,
} from './certificates.ts';
import { CA_NAME, type SharedAuthority } from './shared-authority.ts';

const AUTHORITY_NAME = 'authority.pem';
const SERVER_NAMES = { rsa: 'server.pem', p256: 'server-p256.pem' } as const;

const DAY_MS = 24 * 3600 * 1000;
const AUTHORITY_DAYS = 20 * 365;
const SERVER_DAYS = 2 * 365;
const RENEW_BEFORE_DAYS = 90;

/** What a local CA issues: a certificate with an RSA key and one with a P-256 key, and the CA itself (PEM). */
type LocalCertificate = CertifiedKey & { alternative: CertifiedKey; ca: string };

export type Hosts = {
  /** Names and addresses that the certificate has to be valid for. */
  readonly needed: readonly string[];
  /** Those that it is valid for if its CA may vouch for them. */
  readonly welcome: readonly string[];
};

type Loading = {
  now: number;
  shared: SharedAuthority | null;
  /** The CA (PEM) of a service that runs, whose callers have pinned it; undefined at a start. */
  served: string | undefined;
};

/**
 * Loads the server certificates of a CA in `directory`, all made on first use. One is issued again if it is gone, the hosts have changed or
 * its end is near; the CA, which vouches only for the hosts it was made for, is kept, because callers have pinned it. @throws ExpectedError
 * if the directory is unusable, a needed host is not the CA's, or the CA is not the shared or served one.
 */
export async function loadLocalCertificate(
  directory: string,
  { needed, welcome }: Hosts,
  loading: Loading,
): Promise<LocalCertificate> {
  try {
    const authority = await loadAuthority(directory, [...needed, ...welcome], loading);
    const hosts = hostsWithin(directory, authority, { needed, welcome }, loading.shared !== null);
    await keepCopy(join(directory, CA_NAME), authority.cert);
    const server = (kind: KeyKind) =>
      fitLeaf(join(directory, SERVER_NAMES[kind]), { authority, hosts, now: loading.now, kind });
    return { ...(await server('rsa')), alternative: await server('p256'), ca: authority.cert };
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    throw new ExpectedError(`The certificates in ${directory} cannot be kept (${reasonOf(error)}).`, { cause: error });
  }
}

async function loadAuthority(directory: string, hosts: readonly string[], loading: Loading): Promise<CertifiedKey> {
  const { shared, served } = loading;
  const path = join(directory, AUTHORITY_NAME);
  const kept = await readCertifiedKey(path);
  if (kept !== null && kept.cert === served) return kept;
  if (served !== undefined) {
    throw new ExpectedError(
      `The certificate authority that callers of this service have pinned is no longer in ${path}: the file is gone or is another one. Restore it from a backup before the next start, which serves another authority: every caller would then need its ${CA_NAME}.`,
    );
  }
  // Without it a power cut takes the name back: a CA that callers have pinned would be gone.
  if ((await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined) syncDirectory(dirname(directory));
  if (kept === null) return keepAuthority(path, await newAuthority(hosts, loading));
  const common = (await shared?.keep(kept)) ?? kept;
  if (common.cert === kept.cert) return kept;
  throw new ExpectedError(
    `In ${directory} lies another certificate authority than in the database, which this platform's processes share. Move ${directory} away to serve certificates of the shared one; callers that pinned the other then need the new ${CA_NAME}.`,
  );
}

/** One that another process has made for all of them, or a new one. */
async function newAuthority(hosts: readonly string[], { now, shared }: Loading): Promise<CertifiedKey> {
  const common = (await shared?.find()) ?? null;
  if (common !== null) return common;
  const made = await issueAuthority('ticket-check local CA', validity(now, AUTHORITY_DAYS), hosts);
  return (await shared?.keep(made)) ?? made;
}

async function keepAuthority(path: string, made: CertifiedKey): Promise<CertifiedKey> {
  // A command and the service may both be at their first start: the first one to link its file wins.
  writeDurably(path, `${made.cert}${made.key}`, 0o600, (draft) => {
    try {
      linkSync(draft, path);
    } catch (error) {
      if (reasonOf(error) !== 'EEXIST') throw error;
    }
  });
  const kept = await readCertifiedKey(path);
  if (kept === null) throw new ExpectedError(`${path} disappeared while it was made.`);
  return kept;
}

/** @throws ExpectedError if the CA may not vouch for a host that is needed. */
function hostsWithin(directory: string, { cert }: CertifiedKey, { needed, welcome }: Hosts, isShared: boolean) {
  const permitted = permittedHosts(cert);
  const outside = needed.find((host) => !isPermitted(host, permitted));
  if (outside !== undefined) {
    const remedy = isShared
      ? `stop every process of this platform, move ${directory} of each away and delete the row of the table local_authority in the database`
      : `move ${directory} away`;
    throw new ExpectedError(
      `The certificate authority in ${directory} was made for other names and may not vouch for ${outside}. Set HOST and PUBLIC_URL to what they were, or bring a certificate (TLS_CERT_FILE, TLS_KEY_FILE), or ${remedy}: that makes a new authority, and every caller then needs its certificate.`,
    );
  }
  return [...needed, ...welcome.filter((host) => isPermitted(host, permitted))];
}

/** Keeps the certificate without its key, for those who pin it by hand; it is no secret. */
async function keepCopy(path: string, content: string): Promise<void> {
  const kept = await readFile(path, 'utf8').catch(() => null);
  if (kept !== content) writeDurably(path, content, 0o644, (draft) => renameSync(draft, path));
}

/** The server certificate that is kept or, where that one does not fit, one that is issued in its place. */
async function fitLeaf(
  path: string,
  fit: { authority: CertifiedKey; hosts: readonly string[]; now: number; kind: KeyKind },
): Promise<CertifiedKey> {
  const { authority, hosts, now, kind } = fit;
  const kept = await readCertifiedKey(path);
  if (kept !== null && isFit(kept, authority, hosts, now)) return kept;
  const made = await issueServerCertificate(authority, hosts, validity(now, SERVER_DAYS), kind);
  writeDurably(path, `${made.cert}${made.key}`, 0o600, (draft) => renameSync(draft, path));
  return made;
}

/** From the day before, because a caller's clock may be behind. */
function validity(now: number, days: number): { from: Date; until: Date } {
  return { from: new Date(now - DAY_MS), until: new Date(now + days * DAY_MS) };
}

function isFit(leaf: CertifiedKey, authority: CertifiedKey, hosts: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(leaf.cert);
  return (
    certificate.verify(new X509Certificate(authority.cert).publicKey) &&
    Date.parse(certificate.validTo) - now > RENEW_BEFORE_DAYS * DAY_MS &&
    Date.parse(certificate.validFrom) <= now &&
    hosts.every((host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined)
  );
}

async function readCertifiedKey(path: string): Promise<CertifiedKey | null> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    if (reasonOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (pem === null) return null;
  const cert = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\r?\n?/.exec(pem)?.[0];
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\r?\n?/.exec(pem)?.[0];
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new ExpectedError(`The file ${path} is damaged: it must hold a certificate and its private key.`);
}
