import { addSeconds, type WallClock } from '@ticket-check/protocol';
import { seededRandom, type Ticket } from '../../box-office/index.ts';

/** The doors of a busy day, each with its own terminal and two gates. */
export const DOORS = 2;
const GATES_OF_A_DOOR = 2;

/** Somebody goes in by a door, whose terminal says for which session. */
export type Admission = {
  readonly ticket: Ticket;
  readonly door: number;
  readonly gate: string;
  /** The terminal decided offline: its platform did not answer. */
  readonly offline: boolean;
  /** Milliseconds from CheckTime to the decision. */
  readonly decidedMs: number;
  readonly checkTime: WallClock;
  readonly startTime: WallClock;
};

/** The events of a ticket, in order. */
export type Visit = {
  readonly ticket: Ticket;
  /** Who comes: nobody, the guest, or also somebody with a copy of the ticket at another door. */
  readonly admissions: readonly Admission[];
  /** When the box office takes the ticket back although it was used, if it does. */
  readonly refundAt: WallClock | null;
};

/** Returns the events of a ticket, the same at every call. */
export function visitWith(ticket: Ticket): Visit {
  const random = seededRandom(ticket.filmTicketCode);
  if (random(100) < 6) return { ticket, admissions: [], refundAt: null };
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
    offline: isCutOff(at),
    decidedMs: 100 + random(1100),
  });
  return { ticket, admissions: (isUsedTwice ? [guest, copy] : [guest]).map(admitted), refundAt };
}

/** For some minutes of the evening the second door does not reach its platform. */
const CUT_OFF = { door: 1, from: '19:22', until: '19:34' };

function isCutOff({ door, checkTime }: Pick<Admission, 'door' | 'checkTime'>): boolean {
  const time = checkTime.slice(11, 16);
  return door === CUT_OFF.door && CUT_OFF.from <= time && time < CUT_OFF.until;
}
