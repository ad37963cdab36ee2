import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { uuidv7 } from 'uuidv7';
import { replyData, shanghaiTime } from '../../testing/client.ts';
import { checkRecord, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import { type Attacker, claimQuery, inventedCode, type Move, move, type Scene, say, wordFrom } from './scene.ts';

const FLOOD = 200;
const CLAIMS = 20;
const HOUR = 3600;
const NEVER = { never: 'Claimed true' };

/** What is known of somebody else's entry from GetTicketInfo. */
type Entry = { ticket: Ticket; RecordId: string; CheckTime: string };

/** A terminal of the honest cinema whose account is genuine and whose holder is not. */
export function hostileTerminal({ seen, anyBought, anyGuests, accounts: { terminal } }: Scene): Attacker {
  const { cinemaCode } = anyBought();
  const report = (...records: unknown[]) =>
    wordFrom(terminal, 'ReportOriginalCheckTickets', reportQuery(cinemaCode, ...records));
  const rubbish = (changes: Record<string, unknown> = {}) => {
    const ticket = anyGuests();
    return checkRecord(ticket, { TicketInfoCode: inventedCode(ticket), RecordId: uuidv7(), ...changes });
  };
  const genuine = (changes: Record<string, unknown> = {}) =>
    checkRecord(anyBought(), { RecordId: uuidv7(), ...changes });

  async function entryOf(ticket: Ticket): Promise<Entry | null> {
    const { Entry } = replyData(await say(terminal, 'GetTicketInfo', ticketQuery(ticket)));
    return Entry === undefined ? null : { ticket, ...(Entry as Omit<Entry, 'ticket'>) };
  }
  /** Asks until an entry is reported; a ticket without an entry is useless here. */
  async function anothersEntry(): Promise<Entry | null> {
    for (let tries = 0; tries < 10; tries += 1) {
      const entry = await entryOf(anyGuests());
      if (entry !== null) return entry;
    }
    return null;
  }
  /** A guest whose scan is under way: the claim is there and the record is not yet. */
  async function claimed(): Promise<Entry | null> {
    for (let tries = 0; tries < 60; tries += 1) {
      const ticket = seen.findLast(({ answers }) => answers.length === 0)?.ticket;
      const entry = ticket === undefined ? null : await entryOf(ticket);
      if (entry !== null) return entry;
      if (ticket === undefined) await delay(5);
    }
    return anothersEntry();
  }
  const onEntry = (name: string, make: (entry: Entry) => Promise<string>, find = anothersEntry, limits = {}): Move => {
    const act = async () => {
      const entry = await find();
      return entry === null ? 'nobody is in' : make(entry);
    };
    return move(name, act, limits);
  };
  const claim = (changes: Record<string, unknown> = {}) =>
    wordFrom(terminal, 'ClaimTicket', claimQuery(anyGuests(), changes));
  const claiming = (name: string, changes: () => Record<string, unknown>): Move =>
    move(name, () => claim(changes()), NEVER);
  const release = (ticket: Ticket, RecordId: string) =>
    wordFrom(terminal, 'ReleaseClaim', { ...ticketQuery(ticket), RecordId });
  async function manyClaims(): Promise<string> {
    for (let made = 1; made < CLAIMS; made += 1) await claim();
    return claim();
  }
  function manyOfOne(): Promise<string> {
    const ticket = anyBought();
    return report(...Array.from({ length: FLOOD }, () => checkRecord(ticket, { RecordId: uuidv7() })));
  }

  return {
    name: 'terminal',
    moves: [
      onEntry("rubbish under a guest's RecordId", ({ RecordId }) => report(rubbish({ RecordId }))),
      onEntry("its own ticket under a guest's RecordId", ({ RecordId, CheckTime }) =>
        report(genuine({ RecordId, CheckTime })),
      ),
      onEntry("a guest's record with an invented code", ({ ticket, RecordId, CheckTime }) =>
        report(checkRecord(ticket, { RecordId, CheckTime, TicketInfoCode: inventedCode(ticket), Price: 1 })),
      ),
      onEntry("the blanks of a guest's record", ({ ticket, RecordId, CheckTime }) => {
        const others = { ScreenName: '别的厅', FilmName: '别的片', RowNum: 99, ColumnNum: 99 };
        return report(checkRecord(ticket, { RecordId, CheckTime, TicketInfoCode: inventedCode(ticket), ...others }));
      }),
      onEntry("release of a guest's claim", ({ ticket, RecordId }) => release(ticket, RecordId), claimed, {
        // Also one whose record is already here, so that it cannot be released.
        only: /^(NOT_CLAIM_HOLDER|nobody is in|no answer.*)$/,
      }),
      move('release of a claim that is to come', () => release(anyGuests(), uuidv7())),
      move('claims of tickets that it never saw', manyClaims, NEVER),
      claiming('a claim without a code', () => ({ TicketInfoCode: undefined })),
      claiming("a claim of a guest's ticket under the code of its own", () => ({
        TicketInfoCode: anyBought().ticketInfoCode,
      })),
      claiming('a claim in the year 9999', () => ({ StartTime: '9999-01-01T00:00:00' })),
      move(`${FLOOD} rubbish records`, () => report(...Array.from({ length: FLOOD }, () => rubbish()))),
      // None of them quarantined.
      move(`${FLOOD} genuine records of one ticket`, manyOfOne, { never: 'ReportResult true' }),
      move('a record checked in 1970', () => report(genuine({ CheckTime: '1970-01-01T00:00:00' }))),
      move("a guest's ticket of another hour", () =>
        report(rubbish({ StartTime: shanghaiTime(5 * HOUR), CheckTime: shanghaiTime() })),
      ),
      move('a record with a film name of 100,000 characters', () =>
        report(rubbish({ FilmName: '长'.repeat(100_000) })),
      ),
    ],
  };
}
