import { readFileSync } from 'node:fs';
import { wallClockAt } from '@ticket-check/protocol';
import type { Ticket } from '@ticket-check/simulators/box-office';
import type { ScanVerdict } from '@ticket-check/simulators/dev-network';
import { admissionsOf, DESK, type Door, type Guest, guestWith, scanAt } from '../guests.ts';
import type { ProofResult } from '../proof-result.ts';
import type { ProofSite } from '../proof-site.ts';
import { until } from '../until.ts';
import { type FakeClock, PRECISION_MS } from './fake-clock.ts';

const GUEST_EVERY_MS = 500;
const TOLD_WITHIN_MS = 5_000;

/** What the terminal's health says of its upstream and of the clock. */
interface ClockHealth {
  clockOffsetMs: number | null;
  clockTrusted: boolean;
}

/** What an admission has to look like. Seconds by which its time is ahead of the right one, or from and to. */
interface Expected {
  ahead: number | readonly [number, number];
  /** Left out where it may be either. */
  trusted?: boolean;
  confirmed?: boolean;
}

/** A scan as the terminal keeps it. */
interface KeptScan {
  RecordId: string;
  ScannedAt: string;
  Verdict: string;
  ClockTrusted: boolean;
}

const isMeasured = ({ clockOffsetMs }: ClockHealth, ahead: number): boolean =>
  clockOffsetMs !== null && Math.abs(clockOffsetMs + ahead * 1000) <= PRECISION_MS;

/** Every scan of the terminal, in the order of its store. */
export const keptScans = (site: ProofSite): Promise<KeptScan[]> =>
  site.list('terminal-agent', 'scans', 'list', '--last', '1000000');

/** One door of a terminal whose clock is set, and the guests who come to it one after the other. */
export interface Scene {
  readonly site: ProofSite;
  readonly clock: FakeClock;
  readonly result: ProofResult;
  readonly guests: Guest[];
  /** Sets the clock, which counts as one trial. */
  set(ahead: number): void;
  /** The next guest must be let in, at a time as expected. */
  expectAdmitted(when: string, expected: Expected): Promise<void>;
  /** The next guest is refused because of the clock. */
  turnAway(when: string): Promise<Guest>;
  /** The guest tries until the clock is trusted and they are let in; how long that took counts as recovery. */
  expectAdmittedLater(when: string, guest: Guest): Promise<void>;
  /** Refused guests come again. */
  allIn(): Promise<void>;
  /**
   * Resolves once the terminal has measured its clock against the upstream's. It asks by itself for a few seconds only, so
   * that guests come all the while.
   */
  measured(ahead: number, meanwhile: () => Promise<unknown>): Promise<void>;
  /** The terminal must say that its clock can be trusted, or cannot. */
  trusted(when: string, expected: boolean): Promise<void>;
  /** Lets one guest after the other in until the terminal says so, and knows how far its upstream is off where it can. */
  untilTrusted(when: string, expected: boolean, admissions: Expected, ahead?: number): Promise<void>;
  /** How often the terminal has raised the alarm. */
  alarms(): number;
  /** Holds every admission's time, in the terminal and wherever its record went, against what was expected. */
  holdTimes(recorded: ReadonlyMap<string, string>): Promise<void>;
}

export function clockScene(options: {
  site: ProofSite;
  clock: FakeClock;
  result: ProofResult;
  door: Door;
  tickets: Iterable<Ticket>;
}): Scene {
  const { site, clock, result, door } = options;
  const waiting = options.tickets[Symbol.iterator]();
  const guests: Guest[] = [];
  const asked: string[] = [];
  const expectations: (Expected & { when: string; recordId: string; askedAt: number; answeredAt: number })[] = [];
  const fail = (when: string, what: string) => void result.failures.push(`${when}: ${what}`);

  function next(): Guest {
    const { value: ticket } = waiting.next();
    if (ticket === undefined) throw new Error('more guests than tickets');
    const guest = guestWith(ticket);
    guests.push(guest);
    return guest;
  }

  async function scan(guest: Guest): Promise<ScanVerdict> {
    const answer = await scanAt(door, guest.ticket.ticketInfoCode, DESK);
    guest.answers.push(answer);
    guest.lastAskedAt = answer.answeredAt;
    const { verdict } = answer;
    if (verdict.RecordId !== undefined) asked.push(verdict.RecordId);
    return verdict;
  }

  function expectIn(guest: Guest, when: string, { Verdict, Confirmed, RecordId }: ScanVerdict, expected: Expected) {
    if (Verdict !== 'ADMIT' || RecordId === undefined) {
      fail(when, `the guest was answered ${Verdict}`);
      return;
    }
    if (expected.confirmed !== undefined && Confirmed !== expected.confirmed)
      fail(when, `the admission is ${Confirmed ? '' : 'not '}confirmed`);
    const { askedAt, answeredAt } = guest.answers.at(-1)!;
    expectations.push({ ...expected, when, recordId: RecordId, askedAt, answeredAt });
  }

  const health = async (): Promise<ClockHealth> =>
    JSON.parse((await site.get('terminal-agent', '/health')).text).upstream;

  async function expectAdmitted(when: string, expected: Expected): Promise<void> {
    const guest = next();
    expectIn(guest, when, await scan(guest), expected);
  }

  async function expectAdmittedLater(when: string, guest: Guest): Promise<void> {
    const from = performance.now();
    const verdict = await until(`${when}: an admission`, async () => {
      const answer = await scan(guest);
      return answer.Verdict !== 'CLOCK_UNTRUSTED' && answer;
    });
    expectIn(guest, when, verdict, { ahead: 0, trusted: true });
    result.recoveryMs = Math.max(result.recoveryMs ?? 0, Math.round(performance.now() - from));
  }

  return {
    site,
    clock,
    result,
    guests,
    set(ahead) {
      clock.set(ahead);
      result.times += 1;
    },
    expectAdmitted,
    async turnAway(when) {
      const guest = next();
      const { Verdict } = await scan(guest);
      if (Verdict !== 'CLOCK_UNTRUSTED') fail(when, `the guest was answered ${Verdict}`);
      return guest;
    },
    expectAdmittedLater,
    async allIn() {
      for (const guest of guests) if (admissionsOf(guest).length === 0) await expectAdmittedLater('in the end', guest);
    },
    async measured(ahead, meanwhile) {
      const look = async () => {
        if (isMeasured(await health(), ahead)) return true;
        await meanwhile();
        return false;
      };
      await until(`the terminal knows that its clock is ${ahead} s ahead`, look, { everyMs: GUEST_EVERY_MS });
    },
    async trusted(when, expected) {
      // /health is computed once a second.
      const said = async () => (await health()).clockTrusted === expected;
      await until(`${when}: clockTrusted ${expected}`, said, { withinMs: TOLD_WITHIN_MS }).catch(({ message }: Error) =>
        fail(when, message),
      );
    },
    async untilTrusted(when, expected, admissions, ahead) {
      const said = async () => {
        await expectAdmitted(when, admissions);
        const now = await health();
        return now.clockTrusted === expected && (ahead === undefined || isMeasured(now, ahead));
      };
      await until(`${when}: clockTrusted ${expected}`, said, { everyMs: GUEST_EVERY_MS });
    },
    alarms: () => readFileSync(site.logFile('terminal-agent'), 'utf8').split('more than 5 minutes apart').length - 1,
    async holdTimes(recorded) {
      const scans = await keptScans(site);
      const byId = new Map(scans.map((kept) => [kept.RecordId, kept]));
      for (const { when, recordId, ahead, trusted, askedAt, answeredAt } of expectations) {
        const { ScannedAt = '', ClockTrusted } = byId.get(recordId) ?? {};
        const [least, most] = typeof ahead === 'number' ? [ahead, ahead] : ahead;
        const [from, to] = [askedAt + least * 1000 - PRECISION_MS, answeredAt + most * 1000 + PRECISION_MS];
        if (ScannedAt < wallClockAt(from) || ScannedAt > wallClockAt(to))
          fail(when, `checked in at ${ScannedAt}, asked at ${wallClockAt(askedAt)}`);
        if (trusted !== undefined && ClockTrusted !== trusted) fail(when, `the scan says ClockTrusted ${ClockTrusted}`);
        if (recorded.get(recordId) !== ScannedAt)
          fail(when, `checked in at ${ScannedAt}, recorded as ${recorded.get(recordId)}`);
      }
      // Order is a sequence and not time.
      const inOrder = scans.map(({ RecordId }) => RecordId).filter((recordId) => asked.includes(recordId));
      if (inOrder.join() !== [...new Set(asked)].join())
        result.failures.push('the scans are not in the order of asking');
    },
  };
}
