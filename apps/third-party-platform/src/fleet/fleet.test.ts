// @module-tag service
import { createRecordStore } from '@ticket-check/check-records';
import { addSeconds, reportTerminalStateQueryJson, wallClockAt } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { followingEntries } from '../check-records/follow-records.ts';
import { addOperator, createBrowser, logInAs, withStore } from '../testing/console-browser.ts';
import { HEALTHY } from '../testing/stock.ts';
import { CINEMA, makeUkey, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { ask, createSite, createTerminal } from '../testing/test-platform.ts';

it('what terminals report is in the fleet, for operators of their cinemas, commands and metrics; nonsense is not, and doubles are answered', async () => {
  const site = await createSite('');
  const service = await site.start();
  const bundle = await site.issue('terminal-1', CINEMA, service.url);
  const [own, other] = [
    createTerminal(bundle),
    createTerminal(await site.issue('terminal-2', OTHER_CINEMA, service.url)),
  ];
  const tell = (terminal: typeof own, changes: object = {}) =>
    ask(terminal, 'ReportTerminalState', { ...reportTerminalStateQueryJson(HEALTHY), ...changes });
  expect(await tell(own, { Gates: Array(17).fill({ Name: 'a', Driver: 'b', Enabled: true }) })).toBe('INVALID_QUERY');
  expect(await tell(own, { Version: 'x'.repeat(70_000) })).toBe('BODY_TOO_LARGE');
  const gates = HEALTHY.gates.map((gate) => ({ ...gate, error: '<b>no such port</b>' }));
  const broken = { ...HEALTHY, gates, unadmitted: [{ gate: 'gate-1', count: 2, lastSeconds: 40 }] };
  const first = receivedRecord(makeUkey(), { receivedAt: wallClockAt(Date.now()) });
  const { recordId } = receivedRecord(makeUkey());
  const second = { ...first, recordId, checkTime: addSeconds(first.checkTime, 30), account: 'terminal-2' };
  await withStore(site, (store) =>
    createRecordStore(store, { inSameTransaction: followingEntries(store) }).keep([first, second], { forward: true }),
  );
  const double = (one: typeof first, { recordId: RecordId, checkTime: CheckTime }: typeof first) => ({
    Kept: true,
    Doubles: [{ RecordId: one.recordId, Entry: { CheckTime, RecordId } }],
  });
  expect(await tell(own, reportTerminalStateQueryJson(broken))).toEqual(double(first, second));
  expect(await tell(own)).toEqual({ Kept: false });
  expect(await tell(other)).toEqual(double(second, first));
  expect(own.extensions()).toContain('terminal-state');

  await addOperator(site, 'anna', 'supervisor', { cinemaCodes: [CINEMA] });
  await addOperator(site, 'uwe', 'usher');
  const anna = await logInAs(service, site, 'anna');
  const fleet = async () => (await anna.ask('/fleet.json')).body;
  await expect.poll(fleet).toMatchObject({
    Terminals: [
      {
        Username: 'terminal-1',
        Severity: 'error',
        Advice: [
          { Code: 'gate-error', About: 'gate-1: <b>no such port</b>' },
          { Code: 'passed-unadmitted', About: 'gate-1: 2' },
        ],
        State: {
          Version: '0.1.0',
          Line: 'up',
          Gates: [{ Name: 'gate-1', Error: '<b>no such port</b>' }],
          Unadmitted: [{ Gate: 'gate-1', Count: 2, LastAt: expect.any(String) }],
        },
      },
    ],
    Next: null,
  });
  expect((await anna.ask('/counts.json')).body).toMatchObject({ '/fleet': 1 });
  expect((await anna.ask('/fleet.json?after=x')).status).toBe(400);
  const { text: file } = await anna.browser.ask('/fleet.csv');
  expect(file).toMatch(/"?账号"?,"?名称"?,.*\r?\n"?terminal-1"?,/);
  const uwe = await createBrowser(service, site);
  expect((await uwe.ask('/fleet.json')).status).toBe(401);
  await uwe.logIn('uwe');
  expect((await uwe.ask('/fleet.json')).status).toBe(403);

  expect(await site.lines('fleet', 'list')).toMatchObject([{ Username: 'terminal-1' }, { Username: 'terminal-2' }]);
  const get = (path: string) => () => site.get(service, path, bundle);
  await expect.poll(get('/metrics')).toContain('terminals_heard 2');
  await expect.poll(get('/health')).toMatchObject({ terminals: { heard: 2, unheard: 0, behind: 0 } });
});
