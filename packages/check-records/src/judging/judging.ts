import { type CinemaCode, type CinemaKey, decryptionOrder, ProtocolError, wallClockAt } from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import { type Judged, type Judgement, judge, NOT_GENUINE } from './judge.ts';
import type { JudgingPool } from './judging-pool.ts';

export type JudgingOptions = {
  /** Every key that a cinema ever had, as the database has them now, whichever process brought them. Reading R6. */
  keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
  /** Those of them at hand without asking the database. No key is changed or taken away: one that opens a code will do. */
  keysAtHand?(cinemaCode: CinemaCode): readonly CinemaKey[];
  /** Called, within a bounded time, before a record is quarantined because no key fits: `keysEver` then has newer ones. K4. */
  refreshKeys?(cinemaCode: CinemaCode): Promise<unknown>;
  pool: JudgingPool;
  now: () => number;
};

/** This many keys open nearly every genuine code: the one in use, and the one before or after it. */
const TRIED_INLINE = 2;
/** A thousand genuine codes of RSA-2048 take 20 ms; what takes longer is not genuine, or needs long keys. */
const INLINE_MS = 25;

/** Judges the records of one report: with the likeliest keys here, for at most 25 ms, the rest by the pool in turns of the `sender`. */
export function judgingOf(
  records: readonly Judged[],
  cinemaCode: CinemaCode,
  sender: string,
  { keysEver, keysAtHand, refreshKeys, pool, now }: JudgingOptions,
) {
  const tried = new Set<string>();
  const judgements: Judgement[] = records.map(() => NOT_GENUINE);

  const unopened = (): number[] => judgements.flatMap((judgement, index) => (isNotGenuine(judgement) ? [index] : []));

  async function tryKeys(keys: readonly CinemaKey[]): Promise<void> {
    const untried = keys.filter(({ spki }) => !tried.has(spki));
    for (const { spki } of untried) tried.add(spki);
    if (untried.length === 0) return;
    const order = decryptionOrder(untried, wallClockAt(now()));
    const left = await judgeHere(unopened(), order);
    if (left.length === 0) return;
    const asked = left.flatMap((index) => records[index] ?? []);
    const judged = await pool.judge(sender, asked, order);
    for (const [place, index] of left.entries()) judgements[index] = judged[place] ?? NOT_GENUINE;
  }

  /** Answers the records that are left to the pool. */
  async function judgeHere(indexes: readonly number[], order: readonly CinemaKey[]): Promise<number[]> {
    const likeliest = order.slice(0, TRIED_INLINE);
    const left: number[] = [];
    let spent = 0;
    for (const [place, index] of indexes.entries()) {
      if (spent > INLINE_MS) return [...left, ...indexes.slice(place)];
      const record = records[index];
      if (record === undefined) continue;
      const startedAt = performance.now();
      const judgement = judge(record, likeliest);
      spent += performance.now() - startedAt;
      await turn();
      judgements[index] = judgement;
      if (isNotGenuine(judgement) && likeliest.length < order.length) left.push(index);
    }
    return left;
  }

  return {
    /** @throws ProtocolError KEYS_UNAVAILABLE if no key of the cinema is known, OVERLOADED. */
    async judge(): Promise<readonly Judgement[]> {
      if (records.length === 0) return [];
      await tryKeys(keysAtHand?.(cinemaCode) ?? []);
      if (unopened().length > 0) await tryKeys(await keysEver(cinemaCode));
      if (refreshKeys !== undefined && unopened().length > 0) {
        await refreshKeys(cinemaCode);
        await tryKeys(await keysEver(cinemaCode));
      }
      if (tried.size === 0) {
        throw new ProtocolError('KEYS_UNAVAILABLE', `no public key of cinema ${cinemaCode} has been received yet`);
      }
      return judgements.slice();
    },

    /** Whether keys have come since for records that none had opened. To be called once the records are committed. */
    async haveKeysCome(): Promise<boolean> {
      return unopened().length > 0 && (await keysEver(cinemaCode)).some(({ spki }) => !tried.has(spki));
    },
  };
}

function isNotGenuine({ quarantine }: Judgement): boolean {
  return quarantine === 'CODE_NOT_GENUINE';
}
