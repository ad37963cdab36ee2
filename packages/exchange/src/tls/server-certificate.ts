import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { orNull } from '@ticket-check/protocol';
import { ExpectedError, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { readNamedFile } from '../bundle.ts';
import type { CertifiedKey } from './certificates.ts';
import type { Hosts } from './local-certificate.ts';
import { type AuthorityTables, createTicketKeys, sharedAuthorityOf } from './shared-authority.ts';

export type ServerCertificate = {
  /** PEM; the server's own certificate first, then those between it and the CA. */
  cert: string;
  key: string;
  /** A second one with a key of another kind (see `TlsPair`); absent where the certificate was made elsewhere. */
  alternative?: CertifiedKey;
  /** PEM of the CA that callers are to pin; null if the certificate comes from one that machines trust anyway. */
  ca: string | null;
};

export type CertificateSettings = {
  readonly DATA_DIR: string;
  readonly HOST: string;
  readonly PUBLIC_URL: string;
  /** PEM files of a certificate that was made elsewhere; both or none. */
  readonly TLS_CERT_FILE?: string | undefined;
  readonly TLS_KEY_FILE?: string | undefined;
};

type Loading = {
  /** The store of a platform, whose processes may share certificates of one local CA. */
  store?: Store<AuthorityTables> | undefined;
  served?: ServerCertificate;
  now?: () => number;
};

const OWN_HOSTS = ['localhost', '127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'];

/**
 * Loads the certificate of a service as its settings ask for it: the files named, or those issued by a local CA that is made on the first
 * start. @throws ExpectedError if a file cannot be read, certificate and key do not fit, or the local CA is gone or another.
 */
export async function loadServiceCertificate(
  settings: CertificateSettings,
  { store, served, now = Date.now }: Loading = {},
): Promise<ServerCertificate> {
  const given = await loadGivenCertificate(settings);
  if (given !== null) return given;
  // Most commands need no certificate, and start in less time without what makes one.
  const { loadLocalCertificate } = await import('./local-certificate.ts');
  const shared = store === undefined ? null : sharedAuthorityOf(store);
  const hosts = localHosts([settings.HOST, new URL(settings.PUBLIC_URL).hostname]);
  return loadLocalCertificate(join(settings.DATA_DIR, 'tls'), hosts, {
    now: now(),
    shared,
    served: served && (served.ca ?? ''),
  });
}

/** The name of this machine, which is also where PUBLIC_URL comes from by default, is another one in each new container. */
function localHosts(hosts: readonly string[]): Hosts {
  const [ownName, ...named] = [hostname(), ...OWN_HOSTS, ...hosts].map(withoutBrackets).filter(isServerName);
  const needed = [...new Set(named)].filter((name) => name !== ownName);
  return { needed, welcome: ownName === undefined ? [] : [ownName] };
}

/** URLs write IPv6 addresses in brackets. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}

function isServerName(host: string): boolean {
  if (isIP(host) !== 0) return host !== '0.0.0.0' && host !== '::';
  return /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(host);
}

async function loadGivenCertificate(settings: CertificateSettings): Promise<ServerCertificate | null> {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = settings;
  if (certFile === undefined || keyFile === undefined) return null;
  const cert = await readNamedFile(certFile);
  const key = await readNamedFile(keyFile);
  const chain = parseChain(cert, certFile);
  const privateKey = orNull(() => createPrivateKey(key));
  if (privateKey === null) throw new ExpectedError(`The file ${keyFile} holds no unencrypted PEM private key.`);
  if (!chain[0]?.checkPrivateKey(privateKey)) {
    throw new ExpectedError(`The private key in ${keyFile} does not belong to the certificate in ${certFile}.`);
  }
  const last = chain.at(-1);
  const isOwnRoot = last?.checkIssued(last) === true;
  return { cert, key, ca: isOwnRoot ? last.toString() : null };
}

function parseChain(pem: string, path: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [''];
  const chain = orNull(() => blocks.map((block) => new X509Certificate(block)));
  if (chain !== null) return chain;
  throw new ExpectedError(`The file ${path} holds no PEM certificate, or a damaged one.`);
}

/** Serves a service with its certificate, and with what lies in its place later on. @throws ExpectedError as `loadServiceCertificate`. */
export async function useServiceCertificate(
  service: Service,
  settings: CertificateSettings,
  store?: Store<AuthorityTables>,
): Promise<void> {
  const served = await loadServiceCertificate(settings, { store });
  const ticketKeys = store && createTicketKeys(store, service.now);
  service.certificate(served, () => loadServiceCertificate(settings, { served }), ticketKeys);
}
