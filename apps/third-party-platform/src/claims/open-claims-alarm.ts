import { wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger, Recurring } from '@ticket-check/runtime';
import type { ClaimStore } from './claim-store.ts';

/** A terminal whose claims arrive reports its admissions within seconds. */
const MISSING_MS = 5 * 60_000;
const EVERY_MS = 5 * 60_000;

type AccountOpenClaims = { readonly username: string; readonly open: number };

export type OpenClaimsAlarm = {
  /** Accounts over the limit of claims whose check records have not come in time, the most first. */
  accounts(): Promise<AccountOpenClaims[]>;
};

/** Claims without a record lock guests out: an account that leaves many has gone wrong, or means harm. Reading C8. */
export function createOpenClaimsAlarm(options: {
  claims: Pick<ClaimStore, 'openByAccount'>;
  max: number;
  now: Clock;
}): OpenClaimsAlarm {
  const { claims, max, now } = options;
  return { accounts: () => claims.openByAccount(wallClockAt(now() - MISSING_MS), max) };
}

/** Says so in the log as long as it lasts. */
export function watchOpenClaims(alarm: OpenClaimsAlarm, logger: Logger): Recurring {
  return {
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    async run() {
      for (const account of await alarm.accounts()) {
        logger.error(account, 'account leaves claims without check records');
      }
    },
  };
}
