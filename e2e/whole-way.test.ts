// @module-tag service
import { addSeconds, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { expect, it, onTestFinished } from 'vitest';
import { importRows } from '../apps/national-platform/src/intake/import-rows.ts';
import { cinemaKind, publicKeyKind, ticketKind } from '../apps/national-platform/src/intake/kinds.ts';
import { startTestPlatform } from '../apps/national-platform/src/testing/test-platform.ts';
import { CINEMA, makeUkey, sellTicket } from '../apps/terminal-agent/src/testing/test-cinema.ts';
import { makeTerminal } from '../apps/terminal-agent/src/testing/test-terminal.ts';
import { addOperatorTo, withStore } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { createSite } from '../apps/third-party-platform/src/testing/test-platform.ts';
import { createBrowser } from '../packages/admin/src/testing/index.ts';

type Way = readonly { readonly Step: string; readonly At: string; readonly [name: string]: unknown }[];

it('shows of one record its whole way, from the scan to the national platform, at each of the three', async () => {
  const national = await startTestPlatform();
  onTestFinished(() => national.close());
  national.now.value = Date.now();
  const now = () => Date.now();
  const ukey = makeUkey(parseWallClock('2026-01-01T00:00:00'));
  const { code, info } = sellTicket(ukey, addSeconds(wallClockAt(now()), 600));
  const intake = { store: national.store, now };
  await importRows(cinemaKind, intake, [{ cinemaCode: CINEMA, cinemaName: '示例影城' }]);
  await importRows(publicKeyKind, intake, [{ ...ukey.key, cinemaCode: CINEMA }]);
  const { checkStatus: _, refundStatus: __, refundTime: ___, ...sold } = info;
  await importRows(ticketKind, intake, [{ ...sold, ticketType: '网络售票', sellTime: ukey.key.startTime }]);
  await national.issue('vendor-a');
  const { privateKeyPem } = await keyPairOf('vendor-a');
  const site = await createSite('');
  await site.setUpstream({
    Url: national.url,
    Username: 'vendor-a',
    PrivateKey: privateKeyPem,
    CaCertificate: national.ca,
    CinemaCodes: [CINEMA],
  });
  const platform = await site.start();
  const terminal = await makeTerminal({ now });
  await terminal.setUpstream(await site.issue('door-1', CINEMA, platform.url));
  await site.keysStored();
  const agent = await terminal.start();
  await terminal.keysStored();

  const { Verdict, RecordId } = await agent.scan(code, 'gate-2');
  expect(Verdict).toBe('ADMIT');
  await withStore(site, (store) => addOperatorTo(store, 'anna', 'administrator'));
  await addOperatorTo(national.store, 'anna', 'administrator');
  await addOperatorTo(await terminal.open(), 'anna', 'administrator');
  async function wayAt(service: { consoleUrl: string }, directory = ''): Promise<() => Promise<Way>> {
    const browser = await createBrowser(service, { directory });
    await browser.logIn('anna');
    return async () => {
      const { status, text } = await browser.ask(`/record.json?id=${RecordId}`);
      return status === 200 ? JSON.parse(text).Records[0].Way : [];
    };
  }
  const stepsOf = (way: Way) => way.map(({ Step }) => Step);
  const ways = {
    terminal: await wayAt(agent, terminal.env.DATA_DIR),
    platform: await wayAt(platform, site.directory),
    national: await wayAt(national, national.env.DATA_DIR),
  };
  await expect
    .poll(async () => stepsOf(await ways.platform()), { timeout: 30_000 })
    .toEqual(['SCANNED', 'DECIDED', 'STORED', 'SENT', 'ACCEPTED']);
  await expect
    .poll(async () => stepsOf(await ways.terminal()), { timeout: 30_000 })
    .toEqual(['SCANNED', 'DECIDED', 'STORED', 'OPENED', 'SENT', 'ACCEPTED']);

  const atDoor = await ways.terminal();
  const [scanned, decided] = atDoor;
  expect(scanned).toMatchObject({ Gate: 'gate-2' });
  expect(decided).toMatchObject({ At: expect.stringMatching(/\.\d{3}$/), Confirmed: true, Offline: false });
  expect(decided!.At >= scanned!.At).toBe(true);
  // Stored in the commit of the decision, and nothing after it before it.
  expect(atDoor[2]!.At).toBe(decided!.At);
  const after = atDoor.slice(3).map(({ At }) => At);
  expect(after.toSorted()).toEqual(after);
  expect(after[0]! >= decided!.At.slice(0, 19)).toBe(true);

  const above = await ways.platform();
  const decidedAbove = { Step: 'DECIDED', At: decided!.At, Offline: false };
  expect(above.slice(0, 2)).toEqual([
    { Step: 'SCANNED', At: scanned!.At, Account: 'door-1', Gate: 'gate-2' },
    decidedAbove,
  ]);
  const [received] = above.filter(({ Step }) => Step === 'STORED');
  expect(await ways.national()).toEqual([
    { Step: 'SCANNED', At: scanned!.At, Account: 'vendor-a', Gate: 'gate-2' },
    decidedAbove,
    { Step: 'FORWARDER_RECEIVED', At: received!.At, Account: 'vendor-a' },
    { Step: 'STORED', At: wallClockAt(national.now.value) },
  ]);
}, 90_000);
