// @module-tag service
import { once } from 'node:events';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { startTestServer } from '@ticket-check/runtime/testing';
import { describeBehindPooler, describeSqlite, type TestEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { issueAuthority, issueServerCertificate } from './certificates.ts';
import { type AuthorityTables, authorityMigrations, createTicketKeys } from './shared-authority.ts';

const DAY_MS = 24 * 3600 * 1000;

async function setUp(engine: TestEngine) {
  const url = await engine.migratedUrl(authorityMigrations);
  const validity = { from: new Date(Date.now() - DAY_MS), until: new Date(Date.now() + 1000 * DAY_MS) };
  const authority = await issueAuthority('an authority', validity);
  const issue = () => issueServerCertificate(authority, ['127.0.0.1'], validity, 'p256');
  const clock = { at: Date.parse('2026-11-30T12:00:00Z') };

  async function start() {
    const store = await engine.open<AuthorityTables>(authorityMigrations, url);
    let tls = await issue();
    const server = await startTestServer({
      tls,
      reloadTls: async () => tls,
      ticketKeys: createTicketKeys(store, () => clock.at),
      reloadTlsEveryMs: 20,
      register(app) {
        app.get('/', async () => 'ok');
      },
    });
    return {
      port: server.port,
      async renew() {
        tls = await issue();
        return tls;
      },
    };
  }

  /** Asks once; whether the session was resumed, the certificate of a full handshake, and the session for the next time. */
  async function ask({ port }: { port: number }, session?: Buffer, maxVersion: SecureVersion = 'TLSv1.3') {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: authority.cert, maxVersion, session });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    // TLS 1.3 sends the session before the answer.
    await once(socket, 'data');
    const cert = socket.getPeerX509Certificate()?.toString();
    const shown = { isResumed: socket.isSessionReused(), cert, session: socket.getSession() };
    socket.destroy();
    return shown;
  }
  return { clock, start, ask };
}

for (const describe of [describeSqlite, describeBehindPooler]) {
  describe('a TLS session', (engine) => {
    test.each(['TLSv1.3', 'TLSv1.2'] as const)('of %s is resumed at another process of the store', async (version) => {
      const { start, ask, clock } = await setUp(engine);
      const [one, other] = [await start(), await start()];
      const first = await ask(one, undefined, version);
      expect(first.isResumed).toBe(false);
      expect((await ask(other, first.session, version)).isResumed).toBe(true);

      const renewed = await other.renew();
      await expect.poll(async () => (await ask(other, undefined, version)).cert).toBe(renewed.cert);
      expect((await ask(other, first.session, version)).isResumed).toBe(true);

      clock.at += DAY_MS;
      await expect.poll(async () => (await ask(one, first.session, version)).isResumed).toBe(false);
      await expect.poll(async () => (await ask(other, first.session, version)).isResumed).toBe(false);
      const { session } = await ask(other, undefined, version);
      expect((await ask(one, session, version)).isResumed).toBe(true);
    });
  });
}
