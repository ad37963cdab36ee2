// @module-tag process
// @module-tag service
import { readFile } from 'node:fs/promises';
import { postRaw } from '@ticket-check/exchange/testing';
import { APIS, addSeconds, epochOf, parseWallClock, unixSecondsOf } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { readTerminalSettings } from '../config.ts';
import { scanTokenFile } from '../http/scan-token.ts';
import { plannedScanners } from '../scanner/planned-scanners.ts';
import { plugInScanner } from '../testing/serial-line.ts';
import { makeUkey, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { listedScans, makeTerminal } from '../testing/test-terminal.ts';

const now = parseWallClock('2026-11-28T19:50:00');
const film = parseWallClock('2026-11-28T20:00:00');
const clock = () => epochOf(now);
const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));

/** A terminal with a scanner at a serial port, below a platform with e-tickets, and a shop that sells them. */
async function startAtDoor() {
  const platform = await startPlatform({ now: clock, kind: 'e-tickets', keys: [ukey.key] });
  const line = await plugInScanner();
  const settings = { SCANNERS: `left=serial:${line.path},gate=gate-2` };
  const terminal = await makeTerminal({ now: clock, settings });
  await terminal.setUpstream(platform.bundle);
  const fetched = platform.nextAsked(APIS.getETicketKeys);
  const scanners = plannedScanners(readTerminalSettings(terminal.env), createLogger('test', 'silent'));
  const agent = await terminal.start({ scanners });
  await fetched;
  const directory = `${terminal.env.DATA_DIR}`;
  const authorization = `Bearer ${(await readFile(scanTokenFile(directory), 'utf8')).trim()}`;
  const ca = await readFile(`${directory}/tls/ca.pem`, 'utf8');
  const headers = { authorization, 'content-type': 'application/json' };
  const post = async (Text: string) =>
    JSON.parse((await postRaw(`${agent.url}/scan`, JSON.stringify({ Text }), { ca, headers })).text);
  function sell() {
    const ticket = sellTicket(ukey, film);
    platform.sell(ticket.info);
    return ticket;
  }
  return { platform, terminal, line, post, sell };
}

type Door = Awaited<ReturnType<typeof startAtDoor>>;
type Case = [what: string, text: string, verdict: string, detail: string | null, hint: string];

/** What people hold out in place of a ticket, or in place of their own, and what staff read then. */
function casesAt({ platform: { eTickets }, sell }: Door, stolen: string): Case[] {
  const later = (seconds: number) => unixSecondsOf(addSeconds(now, seconds));
  const qr = (change: Parameters<typeof eTickets.qr>[1] = {}) => eTickets.qr(sell().code, change);
  const shown = qr();
  const part = (text: string, name: string) => `${new URL(text).searchParams.get(name)}`;
  const withOther = (name: string, value: string) => shown.replace(part(shown, name), value);
  const { code } = sell();
  return [
    ['a web link', 'https://example.com/ticket?id=1', 'UNREADABLE', 'web-link', 'a web link and no ticket'],
    ['a payment code', '134567890123456789', 'UNREADABLE', 'payment-code', 'a payment code'],
    ['a payee code', 'wxp://f2f0Yx3kQ1rPz5tUvW', 'UNREADABLE', 'payment-code', 'a payment code'],
    ['a GS1 code', '0106901234567892\x1d10LOT7', 'UNREADABLE', 'product-code', 'the code of a product'],
    [
      'the link to an e-ticket',
      'https://tickets.example.cn/t/Yx3kQ1rPz5tUvWabcdefgh',
      'UNREADABLE',
      'e-ticket-page',
      'open it on the phone',
    ],
    [
      'an e-ticket of another platform',
      qr({ host: 'tickets.elsewhere.cn' }),
      'UNREADABLE',
      'e-ticket-elsewhere',
      'another platform',
    ],
    ['one whose time was changed', withOther('t', `${later(60)}`), 'NOT_GENUINE', 'e-ticket-signature', 'not genuine'],
    ['one whose code was changed', withOther('c', part(qr(), 'c')), 'NOT_GENUINE', 'e-ticket-signature', 'not genuine'],
    ['one 5:01 old', qr({ time: later(-301) }), 'ETICKET_STALE', 'e-ticket-time', 'verified 5 min ago'],
    ['one from the future', qr({ time: later(301) }), 'ETICKET_STALE', 'e-ticket-time', '5 min ahead'],
    ['one whose key was revoked', stolen, 'ETICKET_STALE', 'e-ticket-key-revoked', 'refresh it'],
    ['one that lost a character', shown.slice(0, -1), 'UNREADABLE', 'cut-short', 'Only a part of a code'],
    ['a code that lost a character', code.slice(0, 90) + code.slice(91), 'UNREADABLE', 'cut-short', 'Only a part'],
    ['two codes in one read', code + sell().code, 'UNREADABLE', 'read-together', 'Two reads arrived as one'],
    ['two e-tickets in one read', shown + qr(), 'UNREADABLE', 'read-together', 'Two reads arrived as one'],
    ['what a wrong baud rate makes', '\x07\x00\x1b'.repeat(20), 'UNREADABLE', 'line-noise', 'check the baud rate'],
  ];
}

it('is reported by its kind, with what to do, over HTTP and a serial line, and the next good scan works at once', async () => {
  const door = await startAtDoor();
  const { platform, terminal, line, post, sell } = door;
  const stolen = platform.eTickets.qr(sell().code);
  platform.eTickets.revoke();
  // Names the key that took its place, so that the terminal asks for the keys; those of its start may still be on their way.
  await expect.poll(() => post(platform.eTickets.qr(sell().code))).toMatchObject({ Verdict: 'ADMIT' });

  const cases = casesAt(door, stolen);
  for (const [what, text, verdict, , hint] of cases) {
    const bad = await post(text);
    expect(bad, what).toMatchObject({ Verdict: verdict, Message: expect.stringContaining(hint) });
    expect(bad.MessageZh, what).toMatch(/\p{Script=Han}/u);
    expect(await post(sell().code), `after ${what}`).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  }
  const kept = async (count: number) =>
    (await listedScans(terminal, count)).map(({ Verdict, Detail, Gate }) => [Verdict, Detail, Gate]);
  const overHttp = cases.flatMap(([, , verdict, detail]) => [
    [verdict, detail, 'gate-1'],
    ['ADMIT', null, 'gate-1'],
  ]);
  expect(await kept(overHttp.length)).toEqual(overHttp);

  // Two reads without an end between them are separated there.
  const atLine = cases.flatMap(([, , verdict, detail]) => {
    const bad = detail === 'read-together' ? ['ADMIT', 'ADMIT'] : [verdict];
    return [...bad, 'ADMIT'].map((each) => [each, each === 'ADMIT' ? null : detail, 'gate-2']);
  });
  const sent = casesAt(door, stolen).flatMap(([, text]) => [text, sell().code]);
  line.send(sent.map((text) => `${text}\r\n`).join(''));
  await expect.poll(() => kept(atLine.length), { timeout: 20_000 }).toEqual(atLine);
});
