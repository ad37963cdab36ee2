import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, parseBundle } from '@ticket-check/exchange';
import { addSeconds, type BusinessDate, businessDate, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { addSession, type BoxOffice, refund, sell, type Ticket } from '../../box-office/index.ts';
import type { Demo } from '../demo.ts';
import { connectScanner } from '../scanner.ts';
import type { Site } from '../site.ts';
import { reportAdmissions } from './doors.ts';
import { DOORS, visitWith } from './guest.ts';
import { sellDay } from './timetable.ts';

const DAY_SECONDS = 86_400;
const HALF_HOUR_SECONDS = 1800;
/** The door of the demo's own terminal is a quiet one. */
const GUESTS_AT_OWN_DOOR = 24;

/** What is remembered from one start to the next. */
type Played = {
  /** Until when guests have come. */
  until: WallClock;
  /** The sessions of each business date that tickets were sold for. */
  sessions: Record<BusinessDate, string[]>;
  /** The accounts of the doors. */
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
  const visits = ticketsOf(
    boxOffice,
    days.flatMap((day) => played.sessions[day] ?? []),
  ).map(visitWith);
  for (const { ticket, refundAt } of visits) {
    if (refundAt !== null && isNew(refundAt)) refund(boxOffice, ticket.filmTicketCode, refundAt);
  }
  const atOwnDoor = sellForOwnDoor(boxOffice, now);
  await demo.tell();
  await save();

  const admissions = visits.flatMap((visit) => visit.admissions).filter(({ checkTime }) => isNew(checkTime));
  for (const [door, bundle] of played.doors.entries()) {
    const there = admissions.filter((one) => one.door === door);
    await reportAdmissions(bundle, boxOffice.cinema.cinemaCode, there);
  }
  const scan = await connectScanner(site);
  for (const { ticketInfoCode } of atOwnDoor) await scan(ticketInfoCode);
  played.until = now;
  await save();
  return admissions.length + atOwnDoor.length;
}

async function openDoors(demo: Demo): Promise<Played> {
  const doors: Bundle[] = [];
  for (let door = 0; door < DOORS; door += 1) doors.push(parseBundle(await demo.addTerminal(`door-${door + 2}`)));
  return { until: '1970-01-01T00:00:00' as WallClock, sessions: {}, doors };
}

function ticketsOf({ tickets }: BoxOffice, sessionCodes: readonly string[]): Ticket[] {
  const sessions = new Set(sessionCodes);
  return tickets.filter(({ sessionCode }) => sessions.has(sessionCode));
}

function sellForOwnDoor(boxOffice: BoxOffice, now: WallClock): Ticket[] {
  const { sessionCode } = addSession(boxOffice, { startTime: addSeconds(now, HALF_HOUR_SECONDS) });
  return Array.from({ length: GUESTS_AT_OWN_DOOR }, () => sell(boxOffice, { now, sessionCode }));
}
