// @module-tag slow
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { createLogger, createMetrics } from '@ticket-check/runtime';
import { startTestServer } from '@ticket-check/runtime/testing';
import { aDirectory } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { postRaw } from '../testing/requests.ts';
import { issueAuthority, issueServerCertificate } from './certificates.ts';
import { loadServiceCertificate, type ServerCertificate } from './server-certificate.ts';

const DAY_MS = 24 * 3600 * 1000;

const settingsOf = (DATA_DIR: string) => ({ DATA_DIR, HOST: '127.0.0.1', PUBLIC_URL: 'https://127.0.0.1' });

/** A server that looks for its certificate every 20 ms. */
async function startReloading(tls: ServerCertificate, ca: string, reloadTls: () => Promise<ServerCertificate>) {
  const alarms: string[] = [];
  const server = await startTestServer({
    logger: createLogger('test', 'error', { write: (line) => alarms.push(line) }),
    ...{ tls, reloadTls, reloadTlsEveryMs: 20, metrics: createMetrics() },
  });
  const ask = async (path: string) => (await postRaw(`${server.consoleUrl}${path}`, '', { ca, method: 'GET' })).text;
  return {
    server,
    alarms,
    metrics: () => ask('/metrics'),
    health: async () => JSON.parse(await ask('/health')),
    /** The serial number of the certificate that a new connection is shown; `speaking` is what the caller knows of TLS. */
    async served(url = server.url, speaking: ConnectionOptions = {}): Promise<string> {
      const { hostname: host, port } = new URL(url);
      const socket = connect({ host, port: Number(port), ca, ...speaking });
      try {
        await once(socket, 'secureConnect');
        return socket.getPeerX509Certificate()?.serialNumber ?? 'none';
      } finally {
        socket.destroy();
      }
    },
  };
}

const serial = ({ cert }: { cert: string }) => new X509Certificate(cert).serialNumber;

test('a certificate that is replaced on the disk is served without a restart; a bad one is refused', async () => {
  const directory = aDirectory();
  const from = new Date(Date.now() - DAY_MS);
  const lasting = (days: number) => ({ from, until: new Date(Date.now() + days * DAY_MS) });
  const authority = await issueAuthority('an authority', lasting(1000));
  const issue = (days: number) => issueServerCertificate(authority, ['127.0.0.1'], lasting(days));
  const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const put = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(TLS_KEY_FILE, key);
    writeFileSync(TLS_CERT_FILE, cert);
  };
  const [first, second, ended, foreign] = await Promise.all([issue(300), issue(10), issue(-0.5), issue(200)]);
  put(first);

  const settings = { ...settingsOf(directory), TLS_CERT_FILE, TLS_KEY_FILE };
  const tls = await loadServiceCertificate(settings);
  const { server, alarms, served, metrics, health } = await startReloading(tls, authority.cert, () =>
    loadServiceCertificate(settings, { served: tls }),
  );
  const endOf = ({ cert }: { cert: string }) => Date.parse(new X509Certificate(cert).validTo) / 1000;

  expect(await served()).toBe(serial(first));
  expect(await metrics()).toContain(`tls_certificate_expires_timestamp_seconds ${endOf(first)}\n`);
  expect(await health()).toMatchObject({ status: 'ok', certificate: { degraded: false } });

  put(second);
  await expect.poll(() => served()).toBe(serial(second));
  expect(await served(server.consoleUrl)).toBe(serial(second));
  expect(await metrics()).toContain(`tls_certificate_expires_timestamp_seconds ${endOf(second)}\n`);
  expect(await health()).toMatchObject({ status: 'degraded', certificate: { degraded: true } });

  for (const [bad, reason] of [
    [{ ...foreign, key: first.key }, /does not belong/],
    // A certificate read before and a key read after must never form a pair.
    [{ cert: 'no certificate', key: first.key }, /holds no PEM certificate/],
    [ended, /ended at/],
  ] as const) {
    alarms.length = 0;
    put(bad);
    await expect.poll(() => alarms.join('')).toMatch(reason);
    expect(alarms.join('')).toContain('failed to serve the certificate on disk');
    expect(await served()).toBe(serial(second));
  }

  put(foreign);
  await expect.poll(() => served()).toBe(serial(foreign));
});

test('a local CA whose files are gone is neither made again nor exchanged while a service runs', async () => {
  const directory = aDirectory();
  const settings = settingsOf(directory);
  const tls = await loadServiceCertificate(settings);
  const { alarms, served, metrics, health } = await startReloading(tls, tls.ca ?? '', () =>
    loadServiceCertificate(settings, { served: tls }),
  );
  const [files, aside] = [join(directory, 'tls'), join(directory, 'aside')];
  const shown = await served();
  const alarmed = (reason: RegExp) => expect.poll(() => alarms.join('')).toMatch(reason);

  renameSync(files, aside);
  await alarmed(/no longer in \S+authority\.pem.+Restore it from a backup/);
  expect(await metrics()).toContain('tls_certificate_on_disk_refused 1\n');
  expect(await health()).toMatchObject({ status: 'degraded', certificate: { degraded: true, refused: true } });
  expect(await served()).toBe(shown);
  expect(existsSync(files)).toBe(false);

  renameSync(aside, files);
  await expect.poll(health).toMatchObject({ status: 'ok', certificate: { refused: false } });
  expect(await metrics()).toContain('tls_certificate_on_disk_refused 0\n');

  // As a command makes missing ones.
  renameSync(files, aside);
  await loadServiceCertificate(settings);
  await alarmed(/no longer in \S+authority\.pem.+is another one/);
  // A caller that pins the former CA still connects.
  expect(await served()).not.toBe('none');
});

test('a caller that knows ECDSA gets a certificate with a P-256 key, one that knows only RSA another of the same CA', async () => {
  const tls = await loadServiceCertificate(settingsOf(aDirectory()));
  const [rsa, p256] = [new X509Certificate(tls.cert), new X509Certificate(tls.alternative?.cert ?? '')];
  expect([rsa.publicKey.asymmetricKeyType, p256.publicKey.asymmetricKeyType]).toEqual(['rsa', 'ec']);
  const { server, served } = await startReloading(tls, tls.ca ?? '', async () => tls);
  const shownTo = (speaking: ConnectionOptions) => served(server.url, speaking);
  expect(await shownTo({ minVersion: 'TLSv1.3' })).toBe(p256.serialNumber);
  expect(await shownTo({ maxVersion: 'TLSv1.2' })).toBe(p256.serialNumber);
  expect(await shownTo({ minVersion: 'TLSv1.3', sigalgs: 'RSA-PSS+SHA256:RSA+SHA256' })).toBe(rsa.serialNumber);
  // Like builds of Java 8 without elliptic curves.
  for (const ciphers of ['ECDHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES128-GCM-SHA256']) {
    expect(await shownTo({ maxVersion: 'TLSv1.2', ciphers }), ciphers).toBe(rsa.serialNumber);
  }
});
