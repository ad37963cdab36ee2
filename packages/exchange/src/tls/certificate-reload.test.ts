import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createLogger, createMetrics, startServer } from '@ticket-check/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { postRaw } from '../testing/post-raw.ts';
import { issueAuthority, issueServerCertificate } from './certificates.ts';
import { loadServiceCertificate } from './server-certificate.ts';

const DAY_MS = 24 * 3600 * 1000;

test('a certificate that is replaced on the disk is served without a restart; a bad one is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-reload-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
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

  const settings = {
    DATA_DIR: directory,
    HOST: '127.0.0.1',
    PUBLIC_URL: 'https://127.0.0.1',
    TLS_CERT_FILE,
    TLS_KEY_FILE,
  };
  const load = () => loadServiceCertificate(settings);
  const alarms: string[] = [];
  const server = await startServer({
    name: 'box',
    version: '1.2.3',
    settings: {
      HOST: '127.0.0.1',
      PORT: 0,
      CONSOLE_HOST: '127.0.0.1',
      CONSOLE_PORT: 0,
      MAX_CONNECTIONS: 100,
      MAX_CONNECTIONS_PER_ADDRESS: 100,
    },
    logger: createLogger('test', 'error', { write: (line) => alarms.push(line) }),
    tls: await load(),
    reloadTls: load,
    reloadTlsEveryMs: 20,
    metrics: createMetrics(),
    register: () => {},
  });
  onTestFinished(() => server.close());

  async function served(url: string): Promise<string> {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), ca: authority.cert });
    try {
      await once(socket, 'secureConnect');
      return socket.getPeerX509Certificate()?.serialNumber ?? 'none';
    } finally {
      socket.destroy();
    }
  }
  const serial = ({ cert }: { cert: string }) => new X509Certificate(cert).serialNumber;
  const ask = async (path: string) =>
    (await postRaw(`${server.consoleUrl}${path}`, '', { ca: authority.cert, method: 'GET' })).text;
  const endOf = ({ cert }: { cert: string }) => Date.parse(new X509Certificate(cert).validTo) / 1000;

  expect(await served(server.url)).toBe(serial(first));
  expect(await ask('/metrics')).toContain(`tls_certificate_expires_timestamp_seconds ${endOf(first)}\n`);
  expect(JSON.parse(await ask('/health'))).toMatchObject({ status: 'ok', certificate: { degraded: false } });

  put(second);
  await expect.poll(() => served(server.url), { timeout: 10_000 }).toBe(serial(second));
  expect(await served(server.consoleUrl)).toBe(serial(second));
  expect(await ask('/metrics')).toContain(`tls_certificate_expires_timestamp_seconds ${endOf(second)}\n`);
  expect(JSON.parse(await ask('/health'))).toMatchObject({ status: 'degraded', certificate: { degraded: true } });

  for (const [bad, reason] of [
    [{ ...foreign, key: first.key }, /does not belong/],
    // Of a certificate that was read before and a key that is read after, no pair may come about.
    [{ cert: 'no certificate', key: first.key }, /holds no PEM certificate/],
    [ended, /ended at/],
  ] as const) {
    alarms.length = 0;
    put(bad);
    await expect.poll(() => alarms.join(''), { timeout: 10_000 }).toMatch(reason);
    expect(alarms.join('')).toContain('a new certificate is refused');
    expect(await served(server.url)).toBe(serial(second));
  }

  put(foreign);
  await expect.poll(() => served(server.url), { timeout: 10_000 }).toBe(serial(foreign));
});
