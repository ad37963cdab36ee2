import type { CinemaKey } from '@ticket-check/protocol';
import { type Judged, type Judgement, judge } from './judge.ts';

/** What a worker is asked: to judge records one after another, for about so long. */
export type JudgingTask = {
  readonly records: readonly Judged[];
  readonly keys: readonly CinemaKey[];
  readonly forMs: number;
};

/** Judges at least the first record, and answers for as many as it got through. */
export default function judgeSome({ records, keys, forMs }: JudgingTask): Judgement[] {
  const startedAt = performance.now();
  const judgements: Judgement[] = [];
  for (const record of records) {
    judgements.push(judge(record, keys));
    if (performance.now() - startedAt >= forMs) break;
  }
  return judgements;
}
