import type { WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { BoxOffice } from './box-office.ts';
import { makeUkey, type Ukey, type UkeyBits } from './ukeys/ukey.ts';

export type RotateUkeyOptions = {
  /** From when on tickets are made with the new key; a later time announces it. Scheme 5.1.5. */
  startTime: WallClock;
  bits?: UkeyBits;
  /** A key that exists already, instead of a new one. */
  ukey?: Ukey;
};

/**
 * Replaces the Ukey from `startTime` on. Tickets that were sold before keep their codes under the old key.
 * @throws ExpectedError if a Ukey starts at that time or later already.
 */
export function rotateUkey(boxOffice: BoxOffice, options: RotateUkeyOptions): Ukey {
  const ukey = options.ukey ?? makeUkey(options.startTime, options.bits);
  const later = boxOffice.ukeys.find((other) => other.startTime >= ukey.startTime);
  if (later !== undefined) {
    throw new ExpectedError(`A new Ukey must start after ${later.startTime}, when the present one does.`);
  }
  boxOffice.ukeys.push(ukey);
  return ukey;
}
