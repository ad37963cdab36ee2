import { type CinemaCode, type CinemaKey, decryptionOrder, type RecordId, wallClockAt } from '@ticket-check/protocol';
import { judge } from './judge.ts';
import type { RecordStore } from './record-store.ts';

const AT_ONCE = 64;

/**
 * Judges again the records of a cinema that no key fitted, to be called when the cinema has got a key: those that a key
 * now fits count from then on and go upstream. Answers how many. Reading R6.
 */
export async function reviewQuarantine(options: {
  recordStore: RecordStore;
  cinemaCode: CinemaCode;
  keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
  forward: boolean;
  /** Epoch milliseconds. */
  now: () => number;
}): Promise<number> {
  const { recordStore, cinemaCode, keysEver, forward, now } = options;
  const keys = decryptionOrder(await keysEver(cinemaCode), wallClockAt(now()));
  let released = 0;
  let after: RecordId | undefined;
  for (;;) {
    const records = await recordStore.quarantined({
      cinemaCode,
      code: 'CODE_NOT_GENUINE',
      most: AT_ONCE,
      ...(after === undefined ? {} : { after }),
    });
    const genuine = records.filter((record) => judge(record, keys).quarantine === null);
    released += await recordStore.release(
      genuine.map(({ recordId }) => recordId),
      { forward },
    );
    after = records.at(-1)?.recordId;
    if (records.length < AT_ONCE) return released;
  }
}
