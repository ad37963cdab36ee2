import { createPrivateKey } from 'node:crypto';
import { type AccountTables, accountMigrations, createAccounts } from '@ticket-check/exchange';
import { parseWallClock, writeRequest } from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { explainRefused } from './explain-refused.ts';

const NOON = Date.parse('2026-11-24T12:00:00+08:00');
const now = () => NOON;

describeSqlite('the last refused request of an account', (engine) => {
  test('is explained with its own key, and with the key of another account that signed it', async () => {
    const store = await engine.open<AccountTables>(accountMigrations, await engine.url());
    const accounts = createAccounts(store, now);
    for (const username of ['terminal-1', 'terminal-2']) {
      await accounts.addWithKey(
        { username, role: 'platform', cinemaCodes: 'all' },
        (await keyPairOf(username)).publicKeyPem,
      );
    }
    const explained = async () => explainRefused(store, (await accounts.find('terminal-1'))!, now);
    expect(await explained()).toMatchObject({
      State: 'in-force',
      Refused: null,
      Note: expect.stringContaining('hour'),
    });

    const requestOf = async (signer: string) =>
      writeRequest({
        ...{ datetime: parseWallClock('2026-11-24T12:00:00'), username: 'terminal-1', api: 'GetPublicKeys' },
        query: { CinemaCode: '11062601', Note: '1 号厅' },
        privateKey: createPrivateKey((await keyPairOf(signer)).privateKeyPem),
      });
    const keep = async (body: string | null) => {
      const row = {
        username: 'terminal-1',
        at: NOON,
        code: 'SIGNATURE_INVALID',
        body: body === null ? null : Buffer.from(body).toString('base64'),
      };
      await store.db.deleteFrom('refusedRequest').execute();
      await store.db.insertInto('refusedRequest').values(row).execute();
    };
    await keep((await requestOf('terminal-1')).replace('号厅', '\\u53f7\\u5385'));
    expect((await explained()).Refused).toMatchObject({
      ErrorCode: 'SIGNATURE_INVALID',
      Payload: 'hex',
      Mistakes: [{ Code: 'escapes', Where: 'QueryData.Note', AdviceZh: expect.stringContaining('签名时') }],
    });
    await keep(await requestOf('terminal-2'));
    expect((await explained()).Refused?.Mistakes).toMatchObject([
      { Code: 'wrong-key', Where: expect.stringMatching(/^terminal-2 [0-9a-f]{16}$/) },
    ]);
    await keep(null);
    expect(await explained()).toMatchObject({
      Note: expect.stringMatching(/64 KiB.*not kept/),
      NoteZh: expect.stringContaining('没有保留'),
      Refused: { ErrorCode: 'SIGNATURE_INVALID', Verifies: null, Mistakes: [] },
    });
  });
});
