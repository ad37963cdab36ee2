import { randomBytes } from 'node:crypto';
import { shanghaiTime } from '../../testing/client.ts';
import { plainTicket } from '../../testing/tickets.ts';
import type { Attacker } from './attackers.ts';
import { anyOf, type Scene, say, wordOf } from './scene.ts';

const hex = (value: bigint): string => {
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
};
const ONES = 2n ** 1024n - 1n;
const POWER = 3n ** 647n;
const SMOOTH = Array.from({ length: 1100 }, (_, index) => 2n * BigInt(index) + 3n).reduce(
  (product, factor) => (product.toString(2).length < 1024 ? product * factor : product),
  1n,
);
const SMALL_PRIMES = Array.from({ length: 4096 }, (_, index) => index + 2)
  .filter((number, _, all) => all.every((other) => other * other > number || number % other !== 0))
  .map(BigInt);
const MANY_KEYS = 100;

/** A data source of another cinema: it hands in keys, names and tickets. */
export function hostileSource(scene: Scene): Attacker {
  const { chance, otherCinema, bought, seen, place, accounts } = scene;
  const { source } = accounts;
  const honest = place.demo.boxOffice;
  const importing = async (api: string, element: string, ...rows: unknown[]) =>
    wordOf(await say(source, api, { [element]: rows }));
  const keyRow = (modulus: bigint, exponent: bigint, cinema = otherCinema.cinemaCode) => ({
    CinemaCode: cinema,
    PublicKey: `${hex(modulus)}|${hex(exponent)}`,
    StartTime: shanghaiTime(),
  });
  /** Passes for a modulus: a key pair takes long to make. */
  const nextModulus = () => {
    for (;;) {
      const modulus = BigInt(`0x${randomBytes(128).toString('hex')}`) | (1n << 1023n) | 1n;
      if (SMALL_PRIMES.every((prime) => modulus % prime !== 0n)) return modulus;
    }
  };

  return {
    name: 'data source',
    moves: [
      {
        name: 'keys with exponents of 3000 bits',
        never: 'Imported',
        make: () =>
          importing(
            'ImportPublicKeys',
            'PublicKeys',
            ...Array.from({ length: 20 }, () => keyRow(2n ** 3071n + nextModulus(), 2n ** 3000n + 1n)),
          ),
      },
      {
        name: 'a modulus of ones, a perfect power or a smooth one',
        never: 'Imported',
        make: () => importing('ImportPublicKeys', 'PublicKeys', keyRow(anyOf([ONES, POWER, SMOOTH], chance), 65537n)),
      },
      {
        name: `${MANY_KEYS} keys`,
        never: 'Imported',
        make: () =>
          importing(
            'ImportPublicKeys',
            'PublicKeys',
            ...Array.from({ length: MANY_KEYS }, () => keyRow(nextModulus(), 65537n)),
          ),
      },
      {
        name: 'a modulus of 16384 bits',
        never: 'Imported',
        make: () => importing('ImportPublicKeys', 'PublicKeys', keyRow(2n ** 16383n + 1n, 65537n)),
      },
      {
        name: 'a key of the honest cinema',
        never: 'Imported',
        make: () =>
          importing('ImportPublicKeys', 'PublicKeys', keyRow(nextModulus(), 65537n, honest.cinema.cinemaCode)),
      },
      {
        name: 'other names for films that run in the honest cinema',
        make: () =>
          importing(
            'ImportFilms',
            'Films',
            ...honest.films.map(({ filmCode }) => ({ FilmCode: filmCode, FilmName: '别的片' })),
          ),
      },
      {
        name: 'another name for the honest cinema',
        make: () =>
          importing('ImportCinemas', 'Cinemas', { CinemaCode: honest.cinema.cinemaCode, CinemaName: '别的影院' }),
      },
      {
        name: "a guest's ticket at another price",
        never: 'Imported',
        make: () =>
          importing(
            'ImportTickets',
            'Tickets',
            plainTicket(seen.length === 0 ? anyOf(bought, chance) : anyOf(seen, chance).ticket, { Price: '1.00' }),
          ),
      },
      {
        name: "a refund of a guest's ticket",
        never: 'Imported',
        async make() {
          const { cinemaCode, filmTicketCode, startTime } =
            seen.length === 0 ? anyOf(bought, chance) : anyOf(seen, chance).ticket;
          const refund = { CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: startTime };
          return importing('ImportRefunds', 'Refunds', { ...refund, RefundTime: shanghaiTime() });
        },
      },
      {
        name: 'rubbish rows',
        make: () =>
          importing('ImportTickets', 'Tickets', ...Array.from({ length: 1000 }, () => ({ Rubbish: '长'.repeat(50) }))),
      },
    ],
  };
}
