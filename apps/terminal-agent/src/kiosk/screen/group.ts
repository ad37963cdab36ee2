import type { Look } from './guest-words.ts';

/** One answer of a group. */
export type GroupAnswer = { readonly look: Look; readonly text: string };

/** Codes scanned in quick succession, such as the tickets of friends on one phone. */
export type Group = {
  readonly admitted: number;
  readonly scanned: number;
  /** The latest last. */
  readonly answers: readonly GroupAnswer[];
  readonly lastAt: number;
};

/** A longer pause starts a new group. */
const GAP_MS = 10_000;
/** The most answers that are shown. */
const SHOWN = 6;

/** Adds an answer to a group. @param at milliseconds of any clock */
export function withAnswer(group: Group | null, answer: GroupAnswer, at: number): Group {
  const before = group !== null && at - group.lastAt <= GAP_MS ? group : { admitted: 0, scanned: 0, answers: [] };
  return {
    admitted: before.admitted + (answer.look === 'yes' ? 1 : 0),
    scanned: before.scanned + 1,
    answers: [...before.answers, answer].slice(-SHOWN),
    lastAt: at,
  };
}
