import { hash, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { shanghaiTime } from '../../testing/client.ts';
import { checkRecord, plainTicket, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import { anyOf } from '../world.ts';
import { type Attacker, claimQuery, type Move, move, type Scene, wordFrom } from './scene.ts';

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
  const theirs = () => checkRecord(anyBought(), { RecordId: uuidv7() });

  return {
    name: 'cinema',
    moves: [
      move('occupies derived RecordIds in advance', () => {
        const records = upcoming.slice(-20).map(({ ticket: { filmTicketCode, startTime }, checkTime }) => {
          const RecordId = guessedRecordId(plainDoor, honest, filmTicketCode, startTime, checkTime);
          return checkRecord(otherCinema.anyTicket(), { RecordId });
        });
        return report(cinemaBelow, otherCinema.cinemaCode, ...records);
      }),
      move("its own record under a guest's RecordId", async () => {
        const answers = seen.flatMap((guest) => guest.answers).slice(-100);
        const RecordId = answers.length === 0 ? undefined : anyOf(answers, world.chance).verdict.RecordId;
        if (RecordId === undefined) return 'nobody is in';
        return reportOwn(checkRecord(otherCinema.anyTicket(), { RecordId }));
      }),
      move('reports for the honest cinema', () => report(either(), honest, theirs()), { never: 'ReportResult true' }),
      move("reports the honest cinema's ticket as its own", () => reportOwn(theirs())),
      move("asks for a guest's ticket", () => wordFrom(either(), 'GetTicketInfo', ticketQuery(anyGuests()))),
      move("asks for the honest cinema's keys", () => wordFrom(either(), 'GetPublicKeys', { CinemaCode: honest })),
      move("claims a guest's ticket", () => wordFrom(cinemaBelow, 'ClaimTicket', claimQuery(anyGuests())), {
        never: 'Claimed true',
      }),
    ],
  };
}

const ONES = 2n ** 1024n - 1n;
const POWER = 3n ** 647n;
let SMOOTH = 1n;
for (let factor = 3n; SMOOTH.toString(2).length < 1024; factor += 2n) SMOOTH *= factor;
const SMALL_PRIMES = Array.from({ length: 4096 }, (_, index) => index + 2)
  .filter((number, _, all) => all.every((other) => other * other > number || number % other !== 0))
  .map(BigInt);
const MANY_KEYS = 100;

/** A data source of another cinema: it hands in keys, names and tickets. */
export function hostileSource({ world, otherCinema, anyGuests, accounts }: Scene): Attacker {
  const { chance, demo } = world;
  const { cinema, films } = demo.boxOffice;
  const importing = (name: string, api: string, rows: () => unknown[], limits = {}): Move =>
    move(name, () => wordFrom(accounts.source, `Import${api}`, { [api]: rows() }), limits);
  const refused = (name: string, api: string, rows: () => unknown[]) =>
    importing(name, api, rows, { never: 'Imported' });
  const keyRow = (modulus: bigint, exponent = 65537n, CinemaCode: string = otherCinema.cinemaCode) => ({
    CinemaCode,
    PublicKey: `${hex(modulus)}|${hex(exponent)}`,
    StartTime: shanghaiTime(),
  });

  return {
    name: 'data source',
    moves: [
      refused('keys with exponents of 3000 bits', 'PublicKeys', () =>
        many(20, () => keyRow(2n ** 3071n + likelyModulus(), 2n ** 3000n + 1n)),
      ),
      refused('a modulus of ones, a perfect power or a smooth one', 'PublicKeys', () => [
        keyRow(anyOf([ONES, POWER, SMOOTH], chance)),
      ]),
      refused(`${MANY_KEYS} keys`, 'PublicKeys', () => many(MANY_KEYS, () => keyRow(likelyModulus()))),
      refused('a modulus of 16384 bits', 'PublicKeys', () => [keyRow(2n ** 16383n + 1n)]),
      refused('a key of the honest cinema', 'PublicKeys', () => [keyRow(likelyModulus(), 65537n, cinema.cinemaCode)]),
      importing('other names for films that run in the honest cinema', 'Films', () =>
        films.map(({ filmCode }) => ({ FilmCode: filmCode, FilmName: '别的片' })),
      ),
      importing('another name for the honest cinema', 'Cinemas', () => [
        { CinemaCode: cinema.cinemaCode, CinemaName: '别的影院' },
      ]),
      refused("a guest's ticket at another price", 'Tickets', () => [plainTicket(anyGuests(), { Price: '1.00' })]),
      refused("a refund of a guest's ticket", 'Refunds', () => [
        { ...ticketQuery(anyGuests()), RefundTime: shanghaiTime() },
      ]),
      importing('rubbish rows', 'Tickets', () => many(1000, () => ({ Rubbish: '长'.repeat(50) }))),
    ],
  };
}

const many = <T>(length: number, make: () => T): T[] => Array.from({ length }, make);

/** Passes for a modulus: a key pair takes long to make. */
function likelyModulus(): bigint {
  for (;;) {
    const modulus = BigInt(`0x${randomBytes(128).toString('hex')}`) | (1n << 1023n) | 1n;
    if (SMALL_PRIMES.every((prime) => modulus % prime !== 0n)) return modulus;
  }
}

const hex = (value: bigint): string => value.toString(16).replace(/^.(?=(..)*$)/, '0$&');
