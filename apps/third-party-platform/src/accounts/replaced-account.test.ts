// @module-tag process
import { createRecordStore } from '@ticket-check/check-records';
import { businessDate } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { withStore } from '../testing/console-browser.ts';
import { CINEMA, makeUkey, receivedRecord } from '../testing/test-cinema.ts';
import { createSite, type TestSite } from '../testing/test-platform.ts';

const ukey = makeUkey();

describeSqlite('an account that replaces another one', ({ url }) => {
  test('compares its days with what came through that one, once the platform has said so', async () => {
    const platform = await createSite(await url());
    const service = await platform.start();
    // Comparing works the same for every caller: this one is a terminal.
    const caller = await createSite(await url());
    const [sent, sentLater, ofAnother] = [receivedRecord(ukey), receivedRecord(ukey), receivedRecord(ukey)];
    const keep = (site: TestSite, account: string, kept: readonly (typeof sent)[]) =>
      withStore(site, (store) =>
        createRecordStore(store).keep(
          kept.map((record) => ({ ...record, account })),
          { forward: false },
        ),
      );
    await platform.issue('door-1', CINEMA, service.url);
    await platform.issue('door-9', CINEMA, service.url);
    await caller.setUpstream(await platform.issue('door-2', CINEMA, service.url));
    await keep(caller, 'gate', [sent, sentLater]);
    await keep(platform, 'door-1', [sent]);
    await keep(platform, 'door-2', [sentLater]);
    await keep(platform, 'door-9', [ofAnother]);
    expect(await platform.command('account', 'revoke', 'door-1', '--yes')).toMatchObject({ exitCode: 0 });

    async function reconcile() {
      const day = businessDate(sent.checkTime);
      const { stdout, exitCode } = await caller.command('reconcile', '--business-date', day, '--cinema', CINEMA);
      const lines = stdout.split('\n').filter(Boolean);
      return { exitCode, lines: lines.map((line) => JSON.parse(line)) };
    }
    const missing = {
      exitCode: 1,
      lines: [
        {
          Kind: 'missing-upstream',
          RecordId: sent.recordId,
          Advice: expect.stringContaining('account replaces'),
          AdviceZh: expect.stringContaining('account replaces'),
        },
      ],
    };
    expect(await reconcile()).toMatchObject(missing);
    const replaces = (...args: string[]) => platform.command('account', 'replaces', ...args);
    expect(await replaces('door-2')).toMatchObject({ exitCode: 2 });
    expect(await replaces('door-2', 'door-1', '--nobody')).toMatchObject({ exitCode: 2 });
    expect(await replaces('door-2', 'door-7')).toMatchObject({ exitCode: 1 });
    expect(await replaces('door-2', 'door-1')).toMatchObject({
      exitCode: 0,
      stderr:
        'The records that came through door-1 are listed to door-2 too; door-1 goes on working until it is revoked.\n',
    });
    expect(await reconcile()).toEqual({ exitCode: 0, lines: [] });

    // Nobody else sees it, and it ends when that is taken back.
    expect(await replaces('door-9', 'door-1')).toMatchObject({ exitCode: 1 });
    expect(await replaces('door-2', '--nobody')).toMatchObject({
      exitCode: 0,
      stderr: 'The records that came through door-1 are no longer listed to door-2.\n',
    });
    expect(await reconcile()).toMatchObject(missing);

    // The same said when the account is issued.
    const add = ['account', 'add', 'door-3', '--cinemas', CINEMA, '--out', '-', '--replaces', 'door-2'];
    expect(await platform.command(...add)).toMatchObject({ exitCode: 0 });
    const listed = await platform.lines('account', 'list');
    expect(listed.map(({ Username, Replaces }) => [Username, Replaces])).toEqual([
      ['door-1', null],
      ['door-2', null],
      ['door-3', 'door-2'],
      ['door-9', null],
    ]);
    const said = (await platform.lines('audit', 'list')).filter(({ Name }) => Name === 'account replaces');
    expect(said.filter(({ Failed }) => !Failed)).toMatchObject([
      { Before: { replaces: null }, After: { replaces: 'door-1' } },
      { Before: { replaces: 'door-1' }, After: { replaces: null } },
    ]);
  });
});
