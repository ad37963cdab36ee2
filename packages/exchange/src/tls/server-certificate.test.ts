// @module-tag slow
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { aDirectory } from '@ticket-check/storage/testing';
import { describe, expect, test } from 'vitest';
import { saying } from '../testing/saying.ts';
import { testTls } from '../testing/tls.ts';
import { issueServerCertificate } from './certificates.ts';
import { loadServiceCertificate } from './server-certificate.ts';
import { CA_FILE } from './shared-authority.ts';

/** Loads the certificate of a service that is reached under these hosts, two at most. */
function load(
  dataDir: string,
  [host = 'localhost', other = host]: string[] = [],
  loading: Parameters<typeof loadServiceCertificate>[1] = {},
) {
  return loadServiceCertificate({ DATA_DIR: dataDir, HOST: other, PUBLIC_URL: `https://${host}:9000` }, loading);
}
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Connects as a caller that trusts `ca` alone and expects to reach `name`. */
async function handshake(tls: { cert: string; key: string }, ca: string, name: string): Promise<void> {
  const server = createServer(tls).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, ca, servername: name, minVersion: 'TLSv1.2' });
  try {
    await once(socket, 'secureConnect');
  } finally {
    socket.destroy();
    server.close();
  }
}

describe('the certificate of a local CA', () => {
  test('lets a caller that pins the CA reach localhost, this host and the public name', async () => {
    const tls = await load(aDirectory(), ['check.example.com']);
    for (const name of ['localhost', hostname(), 'check.example.com']) await handshake(tls, tls.ca ?? '', name);
    const leaf = new X509Certificate(tls.cert);
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) expect(leaf.checkIP(address)).toBe(address);
    await expect(handshake(tls, tls.ca ?? '', 'other.example.com')).rejects.toThrow(/altnames/);
    await expect(handshake(tls, (await testTls()).ca, 'localhost')).rejects.toThrow();
  });

  test('is refused for a needed host that its CA was not made for, with a remedy, and leaves out optional hosts', async () => {
    const dataDir = aDirectory();
    const first = await load(dataDir, ['check.example.com', '192.0.2.7']);
    for (const hosts of [['other.example.com'], ['192.0.2.8'], ['[2001:db8::7]'], ['example.com']]) {
      await expect(load(dataDir, hosts)).rejects.toMatchObject(saying(/may not vouch for .+TLS_CERT_FILE/));
    }
    const below = await load(dataDir, ['a.check.example.com']);
    expect(below.ca).toBe(first.ca);
    await handshake(below, below.ca ?? '', 'a.check.example.com');
  });

  test('is accepted by OpenSSL within the constraints of its CA, and another one of that CA is not', async () => {
    const dataDir = aDirectory();
    const { ca, cert, alternative } = await load(dataDir, ['check.example.com', '192.0.2.7']);
    const shown = execFileSync('openssl', ['x509', '-noout', '-text'], { input: ca ?? '' }).toString();
    expect(shown).toMatch(/CA:TRUE, pathlen:0/);
    expect(shown).toMatch(/X509v3 Name Constraints: critical/);
    for (const name of ['DNS:check.example.com', 'DNS:localhost', 'IP:192.0.2.7/255.255.255.255']) {
      expect(shown).toContain(name);
    }
    const caFile = join(dataDir, CA_FILE);
    const verify = (pem: string) => {
      const file = join(dataDir, 'leaf.pem');
      writeFileSync(file, pem);
      const { stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', caFile, file]);
      return `${stdout}${stderr}`;
    };
    for (const own of [cert, alternative?.cert ?? '']) expect(verify(own)).toMatch(/leaf\.pem: OK/);
    const authority = readFileSync(join(dataDir, 'tls', 'authority.pem'), 'utf8');
    const key = authority.slice(authority.indexOf('-----BEGIN PRIVATE KEY'));
    const validity = { from: new Date(Date.now() - 1000), until: new Date(Date.now() + YEAR_MS) };
    for (const host of ['bank.example.org', '192.0.2.8']) {
      const forged = await issueServerCertificate({ cert: ca ?? '', key }, [host], validity);
      expect(verify(forged.cert)).toMatch(/permitted subtree violation/);
      await expect(handshake(forged, ca ?? '', host === '192.0.2.8' ? '' : host)).rejects.toThrow();
    }
  });

  test('is issued again for another host that its CA may vouch for, an IPv6 address among them', async () => {
    const dataDir = aDirectory();
    const first = await load(dataDir, ['example.com', '[2001:db8::7]']);
    const second = await load(dataDir, ['new.example.com', '[2001:db8::7]']);
    expect(second.ca).toBe(first.ca);
    expect(second.cert).not.toBe(first.cert);
    const leaf = new X509Certificate(second.cert);
    expect(leaf.checkHost('new.example.com')).toBe('new.example.com');
    expect(leaf.checkIP('2001:db8::7')).toBeDefined();
    const anywhere = new X509Certificate((await load(aDirectory(), ['localhost', '0.0.0.0'])).cert);
    expect(anywhere.checkIP('0.0.0.0')).toBeUndefined();
  });

  test('is issued again by the same CA before it ends, also while the service runs', async () => {
    const dataDir = aDirectory();
    const start = Date.now();
    const first = await load(dataDir, [], { now: () => start });
    const later = await load(dataDir, [], { now: () => start + YEAR_MS });
    expect(later.cert).toBe(first.cert);
    const running = { now: () => start + 2 * YEAR_MS };
    const latest = await load(dataDir, [], { ...running, served: first });
    expect(latest.ca).toBe(first.ca);
    expect(latest.cert).not.toBe(first.cert);
    expect(latest.alternative?.cert).not.toBe(first.alternative?.cert);
    expect(await load(dataDir, [], { ...running, served: latest })).toEqual(latest);
    expect(await load(dataDir, [], running)).toEqual(latest);
  });

  test('is one where a command and the service start for the first time together', async () => {
    const dataDir = aDirectory();
    const loaded = await Promise.all([1, 2, 3].map(() => load(dataDir)));
    expect(new Set(loaded.map(({ ca }) => ca)).size).toBe(1);
    for (const { cert, key, ca } of loaded) await handshake({ cert, key }, ca ?? '', 'localhost');
  });

  test('keeps its keys from other users, and its CA certificate where people find it', async () => {
    const dataDir = aDirectory();
    const { ca } = await load(dataDir);
    for (const file of ['authority.pem', 'server.pem', 'server-p256.pem']) {
      expect(statSync(join(dataDir, 'tls', file)).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(join(dataDir, CA_FILE), 'utf8')).toBe(ca);
  });

  test('is not replaced where the CA is damaged', async () => {
    const dataDir = aDirectory();
    await load(dataDir);
    writeFileSync(join(dataDir, 'tls', 'authority.pem'), 'gone');
    await expect(load(dataDir)).rejects.toMatchObject(saying('authority.pem is damaged'));
  });
});

describe('a certificate that was made elsewhere', () => {
  const REACHED = { HOST: 'localhost', PUBLIC_URL: 'https://localhost' };
  const missing = () => {
    const DATA_DIR = aDirectory();
    const files = { TLS_CERT_FILE: join(DATA_DIR, 'server.crt'), TLS_KEY_FILE: join(DATA_DIR, 'server.key') };
    return { DATA_DIR, ...REACHED, ...files };
  };
  const files = (cert: string, key: string) => {
    const settings = missing();
    writeFileSync(settings.TLS_CERT_FILE, cert);
    writeFileSync(settings.TLS_KEY_FILE, key);
    return settings;
  };

  test('is served as it is; its CA is pinned where the file ends with it', async () => {
    const { cert, key, ca } = await testTls();
    expect(await loadServiceCertificate(files(cert, key))).toEqual({ cert, key, ca: null });
    const chain = await loadServiceCertificate(files(`${cert}${ca}`, key));
    await handshake(chain, chain.ca ?? '', 'localhost');
  });

  const bad: [string, (one: Awaited<ReturnType<typeof testTls>>) => Promise<[string, string]>, RegExp][] = [
    ['a key of another certificate', async (one) => [one.cert, (await testTls()).key], /does not belong/],
    ['a text that is no certificate', async (one) => ['hello', one.key], /no PEM certificate/],
    ['a damaged certificate', async (one) => [one.cert.replace(/.{64}\n/, '\n'), one.key], /a damaged one/],
    ['a text that is no key', async (one) => [one.cert, 'hello'], /no unencrypted PEM private key/],
  ];
  test.each(bad)('is refused with one clear sentence for %s', async (_name, make, message) => {
    const [cert, key] = await make(await testTls());
    await expect(loadServiceCertificate(files(cert, key))).rejects.toMatchObject(saying(message));
  });

  test('is refused where the file cannot be read', async () => {
    await expect(loadServiceCertificate(missing())).rejects.toThrow(/ENOENT/);
  });
});
