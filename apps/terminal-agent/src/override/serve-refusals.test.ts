// @module-tag service
import { OWN } from '@ticket-check/admin/testing';
import type { Role } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { logInAs } from '../testing/log-in.ts';
import { notingGates } from '../testing/test-gates.ts';

it('lets a supervisor admit a refused guest with a reason and the password, once; an usher and an auditor not', async () => {
  const settings = { SECOND_FACTOR_ROLES: 'administrator' };
  const { platform, terminal, sell } = await makeCinema({ now: Date.now, kind: 'e-tickets', settings });
  const gates = notingGates();
  const agent = await terminal.start(gates);
  const ticket = sell();
  await agent.scan(ticket.code);
  const refused = await agent.scan(ticket.code, 'gate-2');
  expect(refused.Verdict).toBe('ALREADY_ENTERED');
  gates.opened.length = 0;
  const shown = sell();
  const screenshot = platform.eTickets.qr(shown.code, { time: Math.floor(Date.now() / 1000) - 400 });
  // Once the terminal has the keys of e-tickets.
  await expect.poll(async () => (await agent.scan(screenshot)).Verdict).toBe('ETICKET_STALE');

  const store = await terminal.open();
  const logIn = (username: string, role: Role) => logInAs(username, role, { terminal, agent });
  const reason = '观众出来接电话';
  const override = (browser: typeof supervisor, RecordId: string | undefined, more: object = {}) =>
    browser.act('/entries/override', { RecordId, reason, password: OWN, ...more });
  const supervisor = await logIn('susi', 'supervisor');
  for (const other of [await logIn('uwe', 'usher'), await logIn('anna', 'auditor')]) {
    expect((await other.ask('/refusals.json')).status).toBe(403);
    expect(await override(other, refused.RecordId)).toMatchObject({ status: 403, error: 'forbidden' });
  }

  const listed = async () => (await supervisor.json('/refusals.json')).Refusals;
  const { RecordId } = refused;
  const { filmTicketCode: FilmTicketCode } = ticket.info;
  const [stale, used] = (await listed()).toSorted((a: object) =>
    'ETicketAgeSeconds' in a && a.ETicketAgeSeconds ? -1 : 1,
  );
  expect(used).toMatchObject({
    RecordId,
    FilmTicketCode,
    Objection: null,
    First: { Words: expect.stringMatching('gate-1') },
  });
  expect(stale).toMatchObject({ Verdict: 'ETICKET_STALE', Objection: null });
  expect(Math.floor(stale.ETicketAgeSeconds / 60)).toBe(6);
  expect(await override(supervisor, RecordId, { reason: ' ' })).toMatchObject({ status: 400 });
  expect(await override(supervisor, RecordId, { password: 'wrong' })).toMatchObject({ status: 403 });
  expect(gates.opened).toEqual([]);
  const done = { status: 200, Opened: true, Overrides: RecordId, Gate: 'gate-2' };
  expect(await override(supervisor, RecordId)).toMatchObject(done);
  expect(gates.opened).toHaveLength(1);
  const again = { status: 409, error: 'overridden', message: expect.stringContaining('已经放行过') };
  expect(await override(supervisor, RecordId)).toMatchObject(again);
  expect(gates.opened).toHaveLength(1);
  const rowOf = async (recordId?: string) =>
    (await listed()).find(({ RecordId: listed }: { RecordId: string }) => listed === recordId);
  expect(await rowOf(RecordId)).toMatchObject({ OverriddenBy: 'susi', OpenedAt: expect.any(String) });

  // A gate that does not open stays shut for the next scan of that ticket; staff see that.
  const refunded = sell({ refundStatus: 'Yes' });
  const asRefunded = await agent.scan(refunded.code);
  gates.stuck = true;
  const stuck = await override(supervisor, asRefunded.RecordId, { reason: '票房核实' });
  expect(stuck).toMatchObject({ status: 200, Opened: false });
  gates.stuck = false;
  expect(await rowOf(asRefunded.RecordId)).toMatchObject({ OverriddenBy: 'susi', OpenedAt: null });
  expect(await agent.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED' });
  expect(gates.opened).toHaveLength(1);

  // Claimed at another terminal, and not known to have gone in: staff see who holds it, and where it is released.
  const held = sell();
  const ClaimUrl = 'https://platform.example:9443/claims/release?record=1&ticket=2';
  const entry = { recordId: RecordId as RecordId, checkTime: wallClockAt(Date.now()), gate: 'gate-1' };
  platform.claimReply = { entry: { ...entry, terminal: '2 号门', unrecorded: true, claimUrl: ClaimUrl } };
  const asHeld = await agent.scan(held.code);
  expect(asHeld.MessageZh).toBe('此票正由 2 号门（gate-1）占用，尚无入场记录，请找值班经理');
  platform.claimReply = {};
  const First = { HeldZh: '正由 2 号门（gate-1）占用', WordsZh: expect.stringContaining('尚无入场记录'), ClaimUrl };
  expect(await rowOf(asHeld.RecordId)).toMatchObject({ First });
  const lookedUp = await supervisor.json(`/lookup.json?ticket=${held.info.filmTicketCode}`);
  expect(lookedUp.Scans).toMatchObject([{ First, Refusal: { First } }]);

  const unread = await agent.scan('nothing');
  expect(await override(supervisor, unread.RecordId)).toMatchObject({ status: 409, error: 'no-record' });
  const unknown = '01936000-0000-7000-8000-ffffffffffff';
  expect(await override(supervisor, unknown)).toMatchObject({ status: 404, error: 'unknown' });
  expect(await override(supervisor, 'x')).toMatchObject({ status: 400, error: 'bad-input' });

  const operations = store.db.selectFrom('operation').selectAll().where('name', '=', 'entries override');
  const entries = await operations.where('failed', '=', 0).execute();
  expect(entries.map(({ actor, what }) => [actor, JSON.parse(what)])).toEqual([
    ['susi', { reason: '观众出来接电话', recordId: refused.RecordId }],
    ['susi', { reason: '票房核实', recordId: asRefunded.RecordId }],
  ]);
  await platform.received(3);
  const overridden = gates.opened[0]?.[1];
  expect(platform.records.map(({ recordId }) => recordId)).toContain(overridden);
  const { Records } = await supervisor.json(`/record.json?id=${overridden}`);
  expect(Records).toEqual([
    expect.objectContaining({ OverriddenBy: 'susi', OverriddenVerdict: 'ALREADY_ENTERED', First: false }),
  ]);
  expect(Records[0].Way).toContainEqual(expect.objectContaining({ Step: 'OVERRIDDEN', Reason: '观众出来接电话' }));
  expect(JSON.stringify(await supervisor.json('/report.json'))).toContain('"Overridden":2');
});
