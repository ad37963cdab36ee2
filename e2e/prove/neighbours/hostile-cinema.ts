import { hash } from 'node:crypto';
import { checkRecord, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import { anyOf } from '../world.ts';
import type { Attacker } from './attackers.ts';
import { claimQuery, inventedRecordId, type Scene, wordFrom } from './scene.ts';

/** An id that is derived from nothing but what everybody knows of a record that comes without one. */
function guessedRecordId(...[account, cinemaCode, ticketCode, startTime, checkTime]: string[]): string {
  const digest = hash('sha256', [account, cinemaCode, ticketCode, startTime, checkTime].join('|'), 'hex');
  const time = Date.parse(`${checkTime}+08:00`).toString(16).padStart(12, '0');
  const variant = (0x8 | (Number.parseInt(digest.charAt(4), 16) & 0x3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-8${digest.slice(1, 4)}-${variant}${digest.slice(5, 8)}-${digest.slice(8, 20)}`;
}

/** Another cinema of the same platforms, with genuine accounts, keys and tickets of its own. */
export function hostileCinema(scene: Scene, plainDoor: string): Attacker {
  const { bought, anyBought, anyGuests, seen, upcoming, otherCinema, accounts, world } = scene;
  const { cinemaBelow, cinemaAbove } = accounts;
  const honest = bought[0]!.cinemaCode as string;
  const either = () => anyOf([cinemaBelow, cinemaAbove], world.chance);
  const report = (bundle: typeof cinemaBelow, cinemaCode: string, ...records: unknown[]) =>
    wordFrom(bundle, 'ReportOriginalCheckTickets', reportQuery(cinemaCode, ...records));
  const reportOwn = (...records: unknown[]) => report(either(), otherCinema.cinemaCode, ...records);

  return {
    name: 'cinema',
    moves: [
      {
        name: 'occupies derived RecordIds in advance',
        make() {
          const records = upcoming.slice(-20).map(({ ticket, checkTime }) => {
            const { filmTicketCode, startTime } = ticket;
            const RecordId = guessedRecordId(plainDoor, honest, filmTicketCode, startTime, checkTime);
            return checkRecord(otherCinema.anyTicket(), { RecordId });
          });
          return report(cinemaBelow, otherCinema.cinemaCode, ...records);
        },
      },
      {
        name: "its own record under a guest's RecordId",
        async make() {
          const answers = seen.flatMap((guest) => guest.answers).slice(-100);
          const RecordId = answers.length === 0 ? undefined : anyOf(answers, world.chance).verdict.RecordId;
          return RecordId === undefined
            ? 'nobody is in'
            : reportOwn(checkRecord(otherCinema.anyTicket(), { RecordId }));
        },
      },
      {
        name: 'reports for the honest cinema',
        never: 'ReportResult true',
        make: () => report(either(), honest, checkRecord(anyBought(), { RecordId: inventedRecordId() })),
      },
      {
        name: "reports the honest cinema's ticket as its own",
        make: () => reportOwn(checkRecord(anyBought(), { RecordId: inventedRecordId() })),
      },
      {
        name: "asks for a guest's ticket",
        make: () => wordFrom(either(), 'GetTicketInfo', ticketQuery(anyGuests())),
      },
      {
        name: "asks for the honest cinema's keys",
        make: () => wordFrom(either(), 'GetPublicKeys', { CinemaCode: honest }),
      },
      {
        name: "claims a guest's ticket",
        never: 'Claimed true',
        make: () => wordFrom(cinemaBelow, 'ClaimTicket', claimQuery(anyGuests())),
      },
    ],
  };
}
