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
  const ticket = sell({ filmName: '<b>影片</b>' });
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
  const path = `/refusals/override?scan=${refused.RecordId}`;
  for (const other of [await logIn('uwe', 'usher'), await logIn('anna', 'auditor')]) {
    expect((await other.ask('/refusals')).status).toBe(403);
    expect((await other.ask(path)).status).toBe(403);
    expect((await other.post(path, 'reason=x')).status).toBe(403);
  }

  const supervisor = await logIn('susi', 'supervisor');
  const list = await supervisor.open('/refusals');
  expect(list).toMatchObject({ status: 200, text: expect.stringContaining(ticket.info.filmTicketCode) });
  expect(list.text).not.toContain('<b>');
  expect(list.text).toContain('扫码前 6 分钟校验');
  const confirmation = await supervisor.open(path);
  expect(confirmation.text).toContain('此票已入场');
  expect(await supervisor.send(confirmation, path, { reason: ' ', current: OWN })).toMatchObject({ status: 400 });
  const wrong = await supervisor.send(confirmation, path, { reason: '观众出来接电话', current: 'wrong' });
  expect(wrong).toMatchObject({ status: 403, text: expect.stringContaining('观众出来接电话') });
  expect(gates.opened).toEqual([]);
  const done = await supervisor.send(wrong, path, { reason: '观众出来接电话', current: OWN });
  expect(done).toMatchObject({ status: 200, text: expect.stringContaining('已放行') });
  expect(gates.opened).toHaveLength(1);
  const again = await supervisor.send(confirmation, path, { reason: '观众出来接电话', current: OWN });
  expect(again).toMatchObject({ status: 409, text: expect.stringContaining('已经放行过') });
  expect(gates.opened).toHaveLength(1);
  expect((await supervisor.open('/refusals')).text).toContain('已由 susi 放行');

  // A gate that does not open stays shut for the next scan of that ticket; staff see that.
  const refunded = sell({ refundStatus: 'Yes' });
  const asRefunded = await agent.scan(refunded.code);
  const pathOfRefunded = `/refusals/override?scan=${asRefunded.RecordId}`;
  gates.stuck = true;
  const confirmed = await supervisor.open(pathOfRefunded);
  const stuck = await supervisor.send(confirmed, pathOfRefunded, { reason: '票房核实', current: OWN });
  expect(stuck).toMatchObject({ status: 200, text: expect.stringContaining('闸门没有打开：请人工放观众入场') });
  gates.stuck = false;
  expect((await supervisor.open('/refusals')).text).toContain('不知闸门是否打开：请人工放观众入场');
  expect(await agent.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED' });
  expect(gates.opened).toHaveLength(1);

  // Claimed at another terminal, and not known to have gone in: staff see who holds it, and where it is released.
  const held = sell();
  const claimUrl = 'https://platform.example:9443/claims/release?record=1&ticket=2';
  const entry = { recordId: refused.RecordId as RecordId, checkTime: wallClockAt(Date.now()), gate: 'gate-1' };
  platform.claimReply = { entry: { ...entry, terminal: '2 号门', unrecorded: true, claimUrl } };
  const asHeld = await agent.scan(held.code);
  expect(asHeld.MessageZh).toBe('此票正由 2 号门（gate-1）占用，尚无入场记录，请找值班经理');
  platform.claimReply = {};
  const link = `href="${claimUrl.replace('&', '&amp;')}"`;
  const decides = await supervisor.open(`/refusals/override?scan=${asHeld.RecordId}`);
  expect(decides.text).toContain('正由 2 号门（gate-1）占用');
  expect(decides.text).toContain('没有入场记录：先到占用的检票口核实');
  expect(decides.text).not.toContain('此票已有人入场');
  expect(decides.text).toContain(link);
  // The look-up does not say that somebody went in.
  const lookedUp = await supervisor.open(`/lookup?ticket=${held.info.filmTicketCode}`);
  expect(lookedUp.text).toContain('起正由 2 号门（gate-1）占用，尚无入场记录');
  expect(lookedUp.text).toContain(link);
  expect(lookedUp.text).not.toContain('此票已入场');

  const unread = await agent.scan('nothing');
  expect(await supervisor.open(`/refusals/override?scan=${unread.RecordId}`)).toMatchObject({ status: 409 });
  expect(await supervisor.open('/refusals/override?scan=x')).toMatchObject({ status: 404 });

  const operations = store.db.selectFrom('operation').selectAll().where('name', '=', 'entries override');
  expect((await operations.execute()).map(({ actor, what }) => [actor, JSON.parse(what)])).toEqual([
    ['susi', { reason: '观众出来接电话', recordId: refused.RecordId }],
    ['susi', { reason: '票房核实', recordId: asRefunded.RecordId }],
  ]);
  await platform.received(3);
  const overridden = gates.opened[0]?.[1];
  expect(platform.records.map(({ recordId }) => recordId)).toContain(overridden);
  const { Records } = JSON.parse((await supervisor.open(`/record.json?id=${overridden}`)).text);
  expect(Records).toEqual([
    expect.objectContaining({ OverriddenBy: 'susi', OverriddenVerdict: 'ALREADY_ENTERED', First: false }),
  ]);
  expect(Records[0].Way).toContainEqual(expect.objectContaining({ Step: 'OVERRIDDEN', Reason: '观众出来接电话' }));
  const day = JSON.parse((await supervisor.open('/report.json')).text);
  expect(JSON.stringify(day)).toContain('"Overridden":2');
});
