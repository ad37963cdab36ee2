import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { addSession, type BoxOffice, makeBoxOffice, makeUkey, refund, rotateUkey, sell } from '../box-office/index.ts';
import type { Demo } from './demo.ts';
import { CA_FILE, type Site, send } from './site.ts';

export interface Step {
  guest: string;
  expected: string;
  verdict: ScanVerdict;
  asked: string;
}

export interface WalkResult {
  steps: Step[];
  /** The record of the first guest as the national platform lists it, and how long after the scan it was seen there; null when it never came. */
  record: { line: Record<string, unknown>; afterMs: number } | null;
  passed: boolean;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const ARRIVAL_LIMIT_MS = 20_000;
const MAX_RESCANS = 3;

const NOBODY = 'nobody: the text itself says it';
const KEYS_ONLY = 'nobody: keys and clock at the terminal say it';
const NATIONAL = 'third-party → national: GetTicketInfo';
const KEYS = 'third-party → national: GetPublicKeys';

/** Walks guests with every kind of ticket through the door and follows the first one's record to the national platform. */
export async function walk(site: Site, demo: Demo, onStep: (step: Step) => void): Promise<WalkResult> {
  const { boxOffice } = demo;
  const now = () => wallClockAt(Date.now());
  const session = (fromNow: number) => addSession(boxOffice, { startTime: addSeconds(now(), fromNow) }).sessionCode;
  const ticketFor = (sessionCode: string) => sell(boxOffice, { now: now(), sessionCode, ticketType: '网络售票' });

  const soon = session(30 * MINUTE);
  const good = ticketFor(soon);
  const takenBack = ticketFor(soon);
  refund(boxOffice, takenBack.filmTicketCode, now());
  const early = ticketFor(session(5 * HOUR));
  const late = ticketFor(session(-3 * HOUR));
  const withCapsLock = ticketFor(soon);
  const onAPhone = ticketFor(soon);
  await demo.tell();

  const eTicket = await demo.makeETicket(onAPhone);
  // The right cinema code in front, a key that only a forger has behind.
  const forged = soldAt({ ...boxOffice, ukeys: [makeUkey(now())], sessions: [], tickets: [] });
  const elsewhere = soldAt(makeBoxOffice({ now: now() }));
  const scan = await connectScanner(site);
  const steps: Step[] = [];
  const present = async (guest: string, text: string, expected: string, asked: string) => {
    let step = { guest, expected, verdict: await scan(text), asked };
    onStep(step);
    for (let rescan = 0; step.verdict.Verdict === 'KEYS_PENDING' && rescan < MAX_RESCANS; rescan++) {
      // what the verdict tells the staff to do
      await delay((step.verdict.RetryInSeconds ?? 1) * 1000);
      step = { ...step, guest: '  … scanned again, as the screen asks', verdict: await scan(text) };
      onStep(step);
    }
    steps.push(step);
  };

  await present('a good ticket', good.ticketInfoCode, 'ADMIT', NATIONAL);
  const arrival = recordAtNational(site, good.filmTicketCode, Date.now());
  await present('the same ticket again', good.ticketInfoCode, 'ALREADY_ENTERED', NATIONAL);
  await present('a refunded ticket', takenBack.ticketInfoCode, 'REFUNDED', NATIONAL);
  await present('a forged ticket', forged, 'NOT_GENUINE', KEYS);
  await present('a ticket of another cinema', elsewhere, 'WRONG_CINEMA', NOBODY);
  await present('a ticket for tonight, five hours early', early.ticketInfoCode, 'TOO_EARLY', KEYS_ONLY);
  await present('a ticket of a session three hours ago', late.ticketInfoCode, 'EXPIRED', KEYS_ONLY);
  await present('a good ticket, read with caps lock on', swapCase(withCapsLock.ticketInfoCode), 'UNREADABLE', NOBODY);
  await present('the code out of an e-ticket, by itself', onAPhone.ticketInfoCode, 'ETICKET_ONLY', NATIONAL);
  await present('the e-ticket on its page', await eTicket.readCode(), 'ADMIT', NATIONAL);

  rotateUkey(boxOffice, makeUkey(now()));
  const underNewKey = ticketFor(soon);
  await demo.tell();
  await present('a ticket made with a new Ukey', underNewKey.ticketInfoCode, 'ADMIT', `${KEYS}, GetTicketInfo`);

  const record = await arrival;
  const passed = record !== null && steps.every((step) => step.verdict.Verdict === step.expected);
  return { steps, record, passed };
}

function soldAt(boxOffice: BoxOffice): string {
  const now = wallClockAt(Date.now());
  const { sessionCode } = addSession(boxOffice, { startTime: addSeconds(now, 30 * MINUTE) });
  return sell(boxOffice, { now, sessionCode }).ticketInfoCode;
}

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
}

async function recordAtNational(site: Site, filmTicketCode: string, since: number): Promise<WalkResult['record']> {
  while (Date.now() - since < ARRIVAL_LIMIT_MS) {
    const lines = await site.command('national-platform', ['records', 'list']);
    for (const line of lines.split('\n').filter(Boolean)) {
      const record = JSON.parse(line) as Record<string, unknown>;
      if (record.FilmTicketCode === filmTicketCode) return { line: record, afterMs: Date.now() - since };
    }
    await delay(200);
  }
  return null;
}

/** A verdict as the terminal's `POST /scan` words it; what does not apply is missing. */
export interface ScanVerdict {
  Verdict: string;
  Message: string;
  RecordId?: string;
  /** For an ADMIT: whether no other terminal can have admitted the same ticket. */
  Confirmed?: boolean;
  RetryInSeconds?: number;
  /** Repeats the last answer: the same scanner read the same ticket twice. */
  Repeated?: true;
  ElapsedMs: number;
}

/**
 * Scans at the site's terminal, as a scanner with a network of its own would; at its first gate unless one is named. Reads
 * count as those of one scanner where that is named.
 */
export async function connectScanner(
  site: Site,
  { gate }: { gate?: string } = {},
): Promise<(text: string, scanner?: string) => Promise<ScanVerdict>> {
  const ca = await site.readFile('terminal-agent', CA_FILE);
  const token = (await site.readFile('terminal-agent', 'scan.token')).trim();
  const url = `${site.urlOf('terminal-agent')}/scan`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const agent = new Agent({ ca, keepAlive: true });
  return async (text, scanner) => {
    const asked = JSON.stringify({ Text: text, Gate: gate, Scanner: scanner });
    const answer = await send(url, { method: 'POST', headers, agent }, asked);
    if (answer.status !== 200) throw new Error(`the terminal answered ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text) as ScanVerdict;
  };
}
