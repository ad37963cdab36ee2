import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { replyData, shanghaiTime } from '../../testing/client.ts';
import { checkRecord, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import type { Attacker } from './attackers.ts';
import { anyOf, inventedCode, inventedRecordId, type Scene, say, wordOf } from './scene.ts';

const FLOOD = 200;
const CLAIMS = 20;
const HOUR = 3600;

/** What is known of somebody else's entry from GetTicketInfo. */
interface Entry {
  ticket: Ticket;
  RecordId: string;
  CheckTime: string;
}

/** A terminal of the honest cinema whose account is genuine and whose holder is not. */
export function hostileTerminal({ seen, bought, chance, accounts: { terminal } }: Scene): Attacker {
  const cinemaCode = bought[0]!.cinemaCode;
  const anyGuest = (): Ticket => (seen.length === 0 ? anyOf(bought, chance) : anyOf(seen.slice(-30), chance).ticket);
  const report = async (...records: unknown[]) =>
    wordOf(await say(terminal, 'ReportOriginalCheckTickets', reportQuery(cinemaCode, ...records)));
  const rubbish = (changes: Record<string, unknown> = {}) => {
    const ticket = anyGuest();
    return checkRecord(ticket, { TicketInfoCode: inventedCode(ticket), RecordId: inventedRecordId(), ...changes });
  };

  /** Asks until an entry is reported; a ticket without an entry is useless here. */
  async function anothersEntry(): Promise<Entry | null> {
    for (let tries = 0; tries < 10; tries += 1) {
      const ticket = anyGuest();
      const { Entry } = replyData(await say(terminal, 'GetTicketInfo', ticketQuery(ticket)));
      if (Entry !== undefined) return { ticket, ...(Entry as Omit<Entry, 'ticket'>) };
    }
    return null;
  }
  /** A guest whose scan is under way: the claim is there and the record is not yet. */
  async function claimed(): Promise<Entry | null> {
    for (let tries = 0; tries < 60; tries += 1) {
      const ticket = seen.findLast(({ answers }) => answers.length === 0)?.ticket;
      if (ticket === undefined) {
        await delay(5);
        continue;
      }
      const { Entry } = replyData(await say(terminal, 'GetTicketInfo', ticketQuery(ticket)));
      if (Entry !== undefined) return { ticket, ...(Entry as Omit<Entry, 'ticket'>) };
    }
    return anothersEntry();
  }
  const onAnothersEntry = (name: string, make: (entry: Entry) => Promise<string>) => ({
    name,
    make: async () => {
      const entry = await anothersEntry();
      return entry === null ? 'nobody is in' : make(entry);
    },
  });

  return {
    name: 'terminal',
    moves: [
      onAnothersEntry("rubbish under a guest's RecordId", ({ RecordId }) => report(rubbish({ RecordId }))),
      onAnothersEntry("its own ticket under a guest's RecordId", ({ RecordId, CheckTime }) =>
        report(checkRecord(anyOf(bought, chance), { RecordId, CheckTime })),
      ),
      onAnothersEntry("a guest's record with an invented code", ({ ticket, RecordId, CheckTime }) =>
        report(checkRecord(ticket, { RecordId, CheckTime, TicketInfoCode: inventedCode(ticket), Price: 1 })),
      ),
      onAnothersEntry("the blanks of a guest's record", ({ ticket, RecordId, CheckTime }) =>
        report(
          checkRecord(ticket, {
            RecordId,
            CheckTime,
            TicketInfoCode: inventedCode(ticket),
            ScreenName: '别的厅',
            FilmName: '别的片',
            RowNum: 99,
            ColumnNum: 99,
          }),
        ),
      ),
      {
        name: "release of a guest's claim",
        // Also one whose record is already here, so that it cannot be released.
        only: /^(NOT_CLAIM_HOLDER|nobody is in|no answer.*)$/,
        async make() {
          const entry = await claimed();
          if (entry === null) return 'nobody is in';
          const { ticket, RecordId } = entry;
          return wordOf(await say(terminal, 'ReleaseClaim', { ...ticketQuery(ticket), RecordId }));
        },
      },
      {
        name: 'release of a claim that is to come',
        make: async () =>
          wordOf(await say(terminal, 'ReleaseClaim', { ...ticketQuery(anyGuest()), RecordId: inventedRecordId() })),
      },
      {
        name: 'claims of tickets that it never saw',
        never: 'Claimed true',
        async make() {
          let word = '';
          for (let claim = 0; claim < CLAIMS; claim += 1) {
            const ticket = anyGuest();
            const question = { RecordId: inventedRecordId(), CheckTime: shanghaiTime(), Gate: 'nowhere' };
            const code = { TicketInfoCode: inventedCode(ticket) };
            word = wordOf(await say(terminal, 'ClaimTicket', { ...ticketQuery(ticket), ...question, ...code }));
          }
          return word;
        },
      },
      {
        name: 'a claim without a code',
        never: 'Claimed true',
        make: async () =>
          wordOf(
            await say(terminal, 'ClaimTicket', {
              ...ticketQuery(anyGuest()),
              RecordId: inventedRecordId(),
              CheckTime: shanghaiTime(),
              Gate: 'nowhere',
            }),
          ),
      },
      {
        name: "a claim of a guest's ticket under the code of its own",
        never: 'Claimed true',
        make: async () =>
          wordOf(
            await say(terminal, 'ClaimTicket', {
              ...ticketQuery(anyGuest()),
              RecordId: inventedRecordId(),
              CheckTime: shanghaiTime(),
              Gate: 'nowhere',
              TicketInfoCode: anyOf(bought, chance).ticketInfoCode,
            }),
          ),
      },
      {
        name: 'a claim in the year 9999',
        never: 'Claimed true',
        make: async () =>
          wordOf(
            await say(terminal, 'ClaimTicket', {
              ...ticketQuery(anyGuest()),
              StartTime: '9999-01-01T00:00:00',
              RecordId: inventedRecordId(),
              CheckTime: shanghaiTime(),
              Gate: 'nowhere',
              TicketInfoCode: inventedCode(anyOf(bought, chance)),
            }),
          ),
      },
      {
        name: `${FLOOD} rubbish records`,
        make: () => report(...Array.from({ length: FLOOD }, () => rubbish())),
      },
      {
        name: `${FLOOD} genuine records of one ticket`,
        // None of them quarantined.
        never: 'ReportResult true',
        make() {
          const ticket = anyOf(bought, chance);
          return report(...Array.from({ length: FLOOD }, () => checkRecord(ticket, { RecordId: inventedRecordId() })));
        },
      },
      {
        name: 'a record checked in 1970',
        make: () =>
          report(
            checkRecord(anyOf(bought, chance), { CheckTime: '1970-01-01T00:00:00', RecordId: inventedRecordId() }),
          ),
      },
      {
        name: "a guest's ticket of another hour",
        make: () => report(rubbish({ StartTime: shanghaiTime(5 * HOUR), CheckTime: shanghaiTime() })),
      },
      {
        name: 'a record with a film name of 100,000 characters',
        make: () => report(rubbish({ FilmName: '长'.repeat(100_000) })),
      },
    ],
  };
}
