import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '@ticket-check/exchange';
import {
  addSeconds,
  type BusinessDate,
  businessDate,
  businessDay,
  type TicketType,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import {
  addSession,
  type BoxOffice,
  refund,
  type Session,
  seededRandom,
  sell,
  type Ticket,
} from '../box-office/index.ts';
import { screenOf } from '../box-office/sessions.ts';
import { type Demo, reportEntries } from './demo.ts';
import type { Site } from './site.ts';
import { connectScanner } from './walk.ts';

/** After the beginning of the business date, at six in the morning. */
const FIRST_SHOW_SECONDS = 4 * 3600;
const SHOWS_A_SCREEN = 6;
const BETWEEN_SHOWS_SECONDS = 145 * 60;
/** The screens do not let in at the same time. */
const BETWEEN_SCREENS_SECONDS = 25 * 60;

/** The percentage of seats sold for each show of the day: the evening is full. */
const SOLD_OF_SHOW = [18, 30, 38, 62, 92, 45];

function sellDay(boxOffice: BoxOffice, date: BusinessDate): Session[] {
  const { from } = businessDay(date);
  const sessions = boxOffice.screens.flatMap(({ screenCode }, screen) =>
    Array.from({ length: SHOWS_A_SCREEN }, (_, show) => {
      const after = FIRST_SHOW_SECONDS + show * BETWEEN_SHOWS_SECONDS + screen * BETWEEN_SCREENS_SECONDS;
      return addSession(boxOffice, { screenCode, startTime: addSeconds(from, after) });
    }),
  );
  sessions.forEach((session, index) => {
    sellSession(boxOffice, session, SOLD_OF_SHOW[index % SHOWS_A_SCREEN] ?? 0);
  });
  return sessions;
}

function sellSession(boxOffice: BoxOffice, session: Session, ofHundred: number): void {
  const { sessionCode, startTime } = session;
  const screen = screenOf(boxOffice, session);
  const random = seededRandom(sessionCode);
  for (let rowNum = 1; rowNum <= screen.rows; rowNum += 1) {
    for (let columnNum = 1; columnNum <= screen.columns; columnNum += 1) {
      if (random(100) >= ofHundred) continue;
      const ticketType: TicketType = random(10) < 8 ? '网络售票' : '现场售票';
      const soldBefore = ticketType === '网络售票' ? 60 + random(36 * 3600) : 60 + random(3600);
      const now = addSeconds(startTime, -soldBefore);
      sell(boxOffice, { now, sessionCode, ticketType, seat: { rowNum, columnNum } });
    }
  }
}

/** The doors of a busy day, each with its own terminal and two gates. */
const DOORS = 2;
const GATES_OF_A_DOOR = 2;

/**
 * Returns the events of a ticket, the same at every call: who comes, which is nobody, the guest, or also somebody with a copy of the
 * ticket at another door, and when the box office takes the ticket back although it was used, if it does.
 */
function visitWith(ticket: Ticket) {
  const random = seededRandom(ticket.filmTicketCode);
  const isNobody = random(100) < 6;
  // Most come in the twenty minutes before the film, a few after its beginning.
  const beforeStart = random(10) === 0 ? -random(12 * 60) : random(11 * 60) + random(11 * 60);
  const checkTime = addSeconds(ticket.startTime, -beforeStart);
  const door = random(DOORS);
  // A record with a StartTime that the ticket's code contradicts is kept in quarantine.
  const startTime = random(500) === 0 ? addSeconds(ticket.startTime, 300) : ticket.startTime;
  const guest = { ticket, door, checkTime, startTime };
  const copy = { ...guest, door: (door + 1) % DOORS, checkTime: addSeconds(checkTime, 120 + random(1200)) };
  const isUsedTwice = random(300) === 0;
  const refundAt = random(400) === 0 ? addSeconds(checkTime, 1800 + random(3600)) : null;
  const admitted = (at: typeof guest) => ({
    ...at,
    gate: `gate-${1 + random(GATES_OF_A_DOOR)}`,
    // The terminal decided by itself: its platform did not answer.
    offline: isCutOff(at),
    decidedMs: 100 + random(1100),
  });
  if (isNobody) return { ticket, admissions: [], refundAt: null };
  return { ticket, admissions: (isUsedTwice ? [guest, copy] : [guest]).map(admitted), refundAt };
}

/** For some minutes of the evening the second door does not reach its platform. */
const CUT_OFF = { door: 1, from: '19:22', until: '19:34' };

function isCutOff({ door, checkTime }: { door: number; checkTime: WallClock }): boolean {
  const time = checkTime.slice(11, 16);
  return door === CUT_OFF.door && CUT_OFF.from <= time && time < CUT_OFF.until;
}

const DAY_SECONDS = 86_400;
const HALF_HOUR_SECONDS = 1800;
/** The door of the demo's own terminal is a quiet one. */
const GUESTS_AT_OWN_DOOR = 24;

type Played = {
  /** Until when guests have come. */
  until: WallClock;
  /** The sessions of each business date that tickets were sold for. */
  sessions: Record<BusinessDate, string[]>;
  doors: Bundle[];
};

/**
 * Simulates the demo cinema's guests since the last call, at most since yesterday. A day's tickets are sold, sent to the
 * national platform and admitted at further doors, whose terminals report to the third-party platform; a few guests come to the
 * demo's own door. Some tickets are used twice, and some are refunded afterwards. Resolves to the number of admissions.
 */
export async function playBusyDays(site: Site, demo: Demo, directory: string): Promise<number> {
  const { boxOffice } = demo;
  const now = wallClockAt(Date.now());
  const days = [businessDate(addSeconds(now, -DAY_SECONDS)), businessDate(now)];
  const file = join(directory, 'busy-days.json');
  const played = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Played) : await openDoors(demo);
  const save = () => writeFile(file, JSON.stringify(played), { mode: 0o600 });

  for (const day of days) played.sessions[day] ??= sellDay(boxOffice, day).map(({ sessionCode }) => sessionCode);
  const isNew = (time: WallClock) => played.until <= time && time < now;
  const sessions = new Set(days.flatMap((day) => played.sessions[day] ?? []));
  const visits = boxOffice.tickets.filter(({ sessionCode }) => sessions.has(sessionCode)).map(visitWith);
  for (const { ticket, refundAt } of visits) {
    if (refundAt !== null && isNew(refundAt)) refund(boxOffice, ticket.filmTicketCode, refundAt);
  }
  const atOwnDoor = sellForOwnDoor(boxOffice, now);
  await demo.tell();
  await save();

  const admissions = visits.flatMap((visit) => visit.admissions).filter(({ checkTime }) => isNew(checkTime));
  for (const [door, bundle] of played.doors.entries()) {
    const there = admissions.filter((one) => one.door === door);
    // A terminal of the scheme that also says at which gate, whether offline and when it had decided.
    const entries = there.map(({ ticket, door: _, ...admission }) => ({ ...ticket, ...admission }));
    await reportEntries(bundle, boxOffice.cinema.cinemaCode, entries, ['record-origins']);
  }
  const scan = await connectScanner(site);
  for (const { ticketInfoCode } of atOwnDoor) await scan(ticketInfoCode);
  played.until = now;
  await save();
  return admissions.length + atOwnDoor.length;
}

async function openDoors(demo: Demo): Promise<Played> {
  const doors: Bundle[] = [];
  for (let door = 0; door < DOORS; door += 1)
    doors.push(await demo.addAccount('third-party-platform', `door-${door + 2}`));
  return { until: '1970-01-01T00:00:00' as WallClock, sessions: {}, doors };
}

function sellForOwnDoor(boxOffice: BoxOffice, now: WallClock): Ticket[] {
  const { sessionCode } = addSession(boxOffice, { startTime: addSeconds(now, HALF_HOUR_SECONDS) });
  return Array.from({ length: GUESTS_AT_OWN_DOOR }, () => sell(boxOffice, { now, sessionCode }));
}
