// @module-tag service
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { createPasswords } from '@ticket-check/operators';
import { type CinemaCode, parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import { withTables } from '@ticket-check/storage';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { ScanEvent } from '../admission/scan-answer.ts';
import { createBadges, makeBadgeCode } from '../badges/badges.ts';
import { keepPassOut } from '../journal/pass-outs.ts';
import { makeCinema } from '../testing/evening.ts';
import { addOperator, logInAs } from '../testing/log-in.ts';
import { CINEMA } from '../testing/test-cinema.ts';
import { KEY_HEADER } from './who-may.ts';

/** A terminal whose gate several phones share with a screen, and what its kiosk page does. */
async function startTerminal() {
  const cinema = await makeCinema({
    now: Date.now,
    settings: { PASS_OUTS: 'on', SECOND_FACTOR_ROLES: 'administrator' },
  });
  const { terminal } = cinema;
  const agent = await terminal.start();
  const ca = await readFile(join(terminal.env.DATA_DIR!, CA_FILE), 'utf8');
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    postRaw(`${agent.url}${path}`, '', { ca, method: 'GET', headers });
  const keyIn = (text: string): string => JSON.parse(/id="page">(.*)<\/script>/.exec(text)![1]!).key;
  const key = keyIn((await ask('/kiosk?gate=gate-1')).text);
  const post = (path: string, sent: object, headers: Record<string, string> = {}) => {
    const own = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', [KEY_HEADER]: key };
    return postRaw(`${agent.url}${path}`, JSON.stringify(sent), { ca, headers: { ...own, ...headers } });
  };
  /** Keeps all events of the gate. */
  const listen = (headers: Record<string, string> = {}) => {
    const heard = { text: '', isOver: false };
    const sent = { ca, agent: false, headers: { 'sec-fetch-site': 'same-origin', ...headers } } as const;
    const asking = request(`${agent.url}/kiosk/events?gate=gate-1`, sent, (answer) => {
      answer.setEncoding('utf8').on('data', (text: string) => {
        heard.text += text;
      });
      answer.on('close', () => {
        heard.isOver = true;
      });
    }).end();
    asking.on('error', () => {});
    onTestFinished(() => void asking.destroy());
    return heard;
  };
  return { ...cinema, agent, ask, post, listen };
}

it('keeps phones that share a gate apart: a badge offers the guest whom its own phone refused, a look is of who asked for it', async () => {
  const { agent, terminal, sell, post, listen } = await startTerminal();
  await addOperator('susi', 'supervisor', terminal);
  const badge = makeBadgeCode();
  const badges = createBadges(withTables(await terminal.open()), Date.now);
  await badges.make('susi', { code: badge, pinHash: await createPasswords().hash('428193') });
  const heard = listen();
  await expect.poll(() => heard.text).toContain('event: status');
  const scan = (text: string, scanner: string) => agent.scan(text, 'gate-1', scanner);
  const offered = async (scanner: string) => {
    const before = heard.text.length;
    await scan(badge, scanner);
    await expect.poll(() => heard.text.slice(before)).toContain('"what":"badge"');
    const [, event = ''] = /data: (.*"what":"badge".*)/.exec(heard.text.slice(before)) ?? [];
    const told = JSON.parse(event) as Extract<ScanEvent, { what: 'badge' }>;
    return told.badge;
  };
  const [used, other] = [sell(), sell()];
  await scan(used.code, 'wedge');
  await scan(used.code, 'phone-a');
  expect(await offered('phone-b')).toMatchObject({ problem: { en: expect.stringContaining('Scan the refused') } });
  const { now } = performance;
  const ahead = vi.spyOn(performance, 'now');
  onTestFinished(() => ahead.mockRestore());
  const moveOn = (ms: number) => ahead.mockImplementation(() => now.call(performance) + ms);
  moveOn(170_000);
  const offer = await offered('phone-a');
  expect(offer).toMatchObject({ operator: 'susi', answer: { Verdict: 'ALREADY_ENTERED' } });
  // The badge counts for its own minute, although the refusal is three minutes old now.
  moveOn(185_000);
  expect(await scan(other.code, 'phone-b')).toMatchObject({ Verdict: 'ADMIT' });
  const letIn = async (scanner: string) => {
    const sent = { Offer: 'offer' in offer && offer.offer, Pin: '428193', Reason: 'CHECKED_AT_GATE' };
    return JSON.parse((await post(`/kiosk/override?gate=gate-1&scanner=${scanner}`, sent)).text).what;
  };
  expect([await letIn('phone-b'), await letIn('phone-a')]).toEqual(['gone', 'let in']);

  await post('/kiosk/look?gate=gate-1&scanner=kiosk-1', {});
  await post('/kiosk/look?gate=gate-1&scanner=phone-a', {});
  const looked = { Verdict: 'UNREADABLE', MessageZh: expect.stringContaining('仅查看') };
  const guest = sell();
  expect(await scan(sell().code, 'phone-b')).toMatchObject({ Verdict: 'ADMIT' });
  expect(await scan(guest.code, 'wedge')).toMatchObject(looked);
  expect(await scan(guest.code, 'phone-a')).toMatchObject(looked);
  expect(await scan(guest.code, 'phone-a')).toMatchObject({ ...looked, Repeated: true });
  expect(await agent.scan(guest.code, 'gate-1')).toMatchObject({ Verdict: 'ADMIT' });
});

it('looks at a pass-out without using it up, and says whether its guest would be let in again', async () => {
  const { platform, agent, terminal, sell, post, listen } = await startTerminal();
  const ticket = sell();
  const { RecordId: recordId = '' } = await agent.scan(ticket.code, 'gate-1');
  const pass = 'passout-abcde-abcde-abcde-abcde';
  const store = await terminal.open();
  await store.transaction((db) => keepPassOut(withTables(db), { recordId, code: pass, at: wallClockAt(Date.now()) }));
  const heard = listen();
  await expect.poll(() => heard.text).toContain('event: status');
  const look = async () => {
    const before = heard.text.length;
    await post('/kiosk/look?gate=gate-1', {});
    await agent.scan(pass, 'gate-1');
    await expect.poll(() => heard.text.slice(before)).toContain('"what":"looked"');
    return heard.text.slice(before);
  };
  for (const _ of [1, 2]) expect(await look()).toContain('"Verdict":"ADMIT"');
  platform.sell(ticket.info, { refundStatus: 'Yes' });
  expect(await look()).toContain('"Verdict":"REFUNDED"');
  platform.sell(ticket.info);
  expect(await agent.scan(pass, 'gate-1')).toMatchObject({ Verdict: 'ADMIT' });
  expect(await look()).toContain('"Verdict":"UNREADABLE"');
});

it('is for staff of all its cinemas on their phone, and tells a phone nothing once its login has ended', async () => {
  const { agent, terminal, sell, ask, post, listen } = await startTerminal();
  const phoneOf = async (username: string, cinemaCodes: readonly CinemaCode[]) => {
    const { cookies } = await logInAs(username, 'usher', { terminal, agent }, cinemaCodes);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    // The terminal takes it for another machine.
    return { cookie, 'x-forwarded-for': '192.0.2.7' };
  };
  const [own, foreign] = [await phoneOf('uwe', [CINEMA]), await phoneOf('fritz', [parseCinemaCode('31012802')])];
  const scan = async (phone: typeof own) => (await post('/scan', { Text: sell().code, Gate: 'gate-1' }, phone)).status;
  expect([await scan(own), await scan(foreign)]).toEqual([200, 401]);
  expect(await ask('/kiosk?gate=gate-1', foreign)).toMatchObject({
    status: 403,
    text: expect.stringContaining('没有权限'),
  });
  expect(await ask('/kiosk?gate=gate-1', own)).toMatchObject({ status: 200 });

  const { RecordId } = await agent.scan(sell().code);
  const stepOut = async (who: object, of = RecordId) => post('/kiosk/step-out', { RecordId: of }, { ...who });
  for (const nobody of [{}, foreign]) expect(await stepOut(nobody)).toMatchObject({ status: 403 });
  expect(await stepOut(own)).toMatchObject({ status: 200, text: expect.stringContaining('"Path":"M') });
  const { RecordId: refused } = await agent.scan(sell({ refundStatus: 'Yes' }).code);
  expect(await stepOut(own, refused)).toMatchObject({ status: 410, text: expect.stringContaining('没有入场记录') });

  const [phone, screen] = [listen(own), listen()];
  for (const heard of [phone, screen]) await expect.poll(() => heard.text).toContain('event: status');
  const { db } = await terminal.open();
  await db.deleteFrom('operatorSession').execute();
  await expect.poll(() => phone.isOver).toBe(true);
  expect(screen.isOver).toBe(false);
});
