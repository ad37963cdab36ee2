import { hash } from 'node:crypto';
import { shanghaiTime } from '../../testing/client.ts';
import { checkRecord, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import type { Attacker } from './attackers.ts';
import { anyOf, inventedCode, inventedRecordId, type Scene, say, wordOf } from './scene.ts';

/** As the ids of records that come without one were once derived, from nothing but what everybody knows. */
function guessedRecordId(
  account: string,
  cinemaCode: string,
  ticketCode: string,
  startTime: string,
  checkTime: string,
) {
  const digest = hash('sha256', [account, cinemaCode, ticketCode, startTime, checkTime].join('|'), 'hex');
  const time = Date.parse(`${checkTime}+08:00`).toString(16).padStart(12, '0');
  const variant = (0x8 | (Number.parseInt(digest.charAt(4), 16) & 0x3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-8${digest.slice(1, 4)}-${variant}${digest.slice(5, 8)}-${digest.slice(8, 20)}`;
}

/** Another cinema of the same platforms, with genuine accounts, keys and tickets of its own. */
export function hostileCinema(scene: Scene, plainDoor: string): Attacker {
  const { bought, seen, chance, upcoming, otherCinema, accounts } = scene;
  const { cinemaBelow, cinemaAbove } = accounts;
  const honest = bought[0]!.cinemaCode as string;
  const eitherAccount = () => (chance() < 0.5 ? cinemaBelow : cinemaAbove);
  const anyGuest = () => (seen.length === 0 ? anyOf(bought, chance) : anyOf(seen.slice(-30), chance).ticket);
  const report = async (bundle: typeof cinemaBelow, cinemaCode: string, ...records: unknown[]) =>
    wordOf(await say(bundle, 'ReportOriginalCheckTickets', reportQuery(cinemaCode, ...records)));

  return {
    name: 'cinema',
    moves: [
      {
        name: 'occupies derived RecordIds in advance',
        make: () =>
          report(
            cinemaBelow,
            otherCinema.cinemaCode,
            ...upcoming.slice(-20).map(({ ticket, checkTime }) =>
              checkRecord(anyOf(otherCinema.tickets, chance), {
                RecordId: guessedRecordId(plainDoor, honest, ticket.filmTicketCode, ticket.startTime, checkTime),
              }),
            ),
          ),
      },
      {
        name: "its own record under a guest's RecordId",
        async make() {
          const answers = seen.flatMap((guest) => guest.answers).slice(-100);
          const RecordId = answers.length === 0 ? undefined : anyOf(answers, chance).verdict.RecordId;
          if (RecordId === undefined) return 'nobody is in';
          return report(
            eitherAccount(),
            otherCinema.cinemaCode,
            checkRecord(anyOf(otherCinema.tickets, chance), { RecordId }),
          );
        },
      },
      {
        name: 'reports for the honest cinema',
        never: 'ReportResult true',
        make: () =>
          report(eitherAccount(), honest, checkRecord(anyOf(bought, chance), { RecordId: inventedRecordId() })),
      },
      {
        name: "reports the honest cinema's ticket as its own",
        make: () =>
          report(
            eitherAccount(),
            otherCinema.cinemaCode,
            checkRecord(anyOf(bought, chance), { RecordId: inventedRecordId() }),
          ),
      },
      {
        name: "asks for a guest's ticket",
        make: async () => wordOf(await say(eitherAccount(), 'GetTicketInfo', ticketQuery(anyGuest()))),
      },
      {
        name: "asks for the honest cinema's keys",
        make: async () => wordOf(await say(eitherAccount(), 'GetPublicKeys', { CinemaCode: honest })),
      },
      {
        name: "claims a guest's ticket",
        never: 'Claimed true',
        async make() {
          const ticket = anyGuest();
          const question = { RecordId: inventedRecordId(), CheckTime: shanghaiTime(), Gate: 'nowhere' };
          const code = { TicketInfoCode: inventedCode(ticket) };
          return wordOf(await say(cinemaBelow, 'ClaimTicket', { ...ticketQuery(ticket), ...question, ...code }));
        },
      },
    ],
  };
}
