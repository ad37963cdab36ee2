import type { CheckRecordTables, FindLateRefunds, ReportKind } from '@ticket-check/check-records';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Limits } from './limits.ts';
import type { ReportAdditions } from './report-commands.ts';

/** What the console's data on check records are made of. */
export type RecordSource = ReportKind & {
  readonly store: Store<CheckRecordTables>;
  readonly now: () => number;
  /** The cinemas that the service works for; `all` if it is bound to none. */
  readonly cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
  /** Which entries are of refunded tickets. */
  readonly lateRefunds: FindLateRefunds;
  /** What the service knows beyond its records. */
  readonly besides?: ReportAdditions | undefined;
  readonly limits: Limits;
};
