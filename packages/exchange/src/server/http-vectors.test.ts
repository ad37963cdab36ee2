// @module-tag service
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { epochOf, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { beforeAll, expect, test } from 'vitest';
import { createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import { keysApi, type SignedServer, startSignedServer } from '../testing/signed-server.ts';

type Case = { name: string; now: string; key: string; request: string; status: number; error?: string };

const vectors = new URL('../../../../vectors/', import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(new URL('http.json', vectors), 'utf8')).cases;

describeSqlite('http.json', (engine) => {
  let server: SignedServer;
  const now = () => epochOf(parseWallClock(cases[0]?.now ?? ''));

  beforeAll(async () => {
    const accounts = createAccounts(await engine.open<AccountTables>(accountMigrations), now);
    const key = createPublicKey(readFileSync(new URL(`test-keys/${cases[0]?.key}.pem`, vectors)));
    await accounts.addWithKey(
      { username: 'terminal-1', role: 'platform', cinemaCodes: [parseCinemaCode('31010001')] },
      key.export({ type: 'spki', format: 'pem' }).toString(),
    );
    server = await startSignedServer({ accounts, now, apis: [keysApi(async () => ({ PublicKeys: [] }))] });
    return () => server.close();
  });

  test.each(cases)('$name', async ({ request, status, error }) => {
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.ca });
    socket.write(request);
    const answered = await text(socket);
    // A server that is asked whether the caller may go on says so first.
    const reply = answered.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
    expect(Number(reply.split(' ')[1]), reply).toBe(status);
    // A reply in chunks has their lengths around the object.
    const json = reply.slice(reply.indexOf('{'), reply.lastIndexOf('}') + 1);
    expect(JSON.parse(json).ReplyData).toEqual(
      error === undefined ? { PublicKeys: [] } : expect.objectContaining({ ErrorCode: error }),
    );
  });
});
