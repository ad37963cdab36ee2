import { randomBytes } from 'node:crypto';
import { shanghaiTime } from '../../testing/client.ts';
import { plainTicket } from '../../testing/tickets.ts';
import { anyOf } from '../world.ts';
import type { Attacker, Move } from './attackers.ts';
import { type Scene, wordFrom } from './scene.ts';

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
export function hostileSource({ world, otherCinema, anyGuests, accounts }: Scene): Attacker {
  const { chance, demo } = world;
  const { cinema, films } = demo.boxOffice;
  const importing = (name: string, api: string, rows: () => unknown[], more: Pick<Move, 'never'> = {}): Move => ({
    name,
    ...more,
    make: () => wordFrom(accounts.source, `Import${api}`, { [api]: rows() }),
  });
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
        Array.from({ length: 20 }, () => keyRow(2n ** 3071n + likelyModulus(), 2n ** 3000n + 1n)),
      ),
      refused('a modulus of ones, a perfect power or a smooth one', 'PublicKeys', () => [
        keyRow(anyOf([ONES, POWER, SMOOTH], chance)),
      ]),
      refused(`${MANY_KEYS} keys`, 'PublicKeys', () =>
        Array.from({ length: MANY_KEYS }, () => keyRow(likelyModulus())),
      ),
      refused('a modulus of 16384 bits', 'PublicKeys', () => [keyRow(2n ** 16383n + 1n)]),
      refused('a key of the honest cinema', 'PublicKeys', () => [keyRow(likelyModulus(), 65537n, cinema.cinemaCode)]),
      importing('other names for films that run in the honest cinema', 'Films', () =>
        films.map(({ filmCode }) => ({ FilmCode: filmCode, FilmName: '别的片' })),
      ),
      importing('another name for the honest cinema', 'Cinemas', () => [
        { CinemaCode: cinema.cinemaCode, CinemaName: '别的影院' },
      ]),
      refused("a guest's ticket at another price", 'Tickets', () => [plainTicket(anyGuests(), { Price: '1.00' })]),
      refused("a refund of a guest's ticket", 'Refunds', () => {
        const { cinemaCode: CinemaCode, filmTicketCode: FilmTicketCode, startTime: StartTime } = anyGuests();
        return [{ CinemaCode, FilmTicketCode, StartTime, RefundTime: shanghaiTime() }];
      }),
      importing('rubbish rows', 'Tickets', () => Array.from({ length: 1000 }, () => ({ Rubbish: '长'.repeat(50) }))),
    ],
  };
}

/** Passes for a modulus: a key pair takes long to make. */
function likelyModulus(): bigint {
  for (;;) {
    const modulus = BigInt(`0x${randomBytes(128).toString('hex')}`) | (1n << 1023n) | 1n;
    if (SMALL_PRIMES.every((prime) => modulus % prime !== 0n)) return modulus;
  }
}

function hex(value: bigint): string {
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
