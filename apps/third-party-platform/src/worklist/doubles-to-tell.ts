import { loadEntries, type ReceivedRecord, TICKET_KEY, type TicketKey, ticketText } from '@ticket-check/check-records';
import { type AccountTables, createSuccession } from '@ticket-check/exchange';
import { MAX_REPORTED_DOUBLES, type RecordId, type ReportedDouble, wallClockAt } from '@ticket-check/protocol';
import { type Clock, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { FoundTables } from './find.ts';

/** How long a double is reported, unless its outcome is noted before: a terminal that was off meanwhile learns of it too. */
const TOLD_FOR_MS = 3 * 86_400_000;
const MAX_FINDINGS = 1000;
/** Thousands of terminals ask, each every 45 seconds. */
const KEPT_MS = 5000;

/** The doubles to report to the terminal of an account, latest first. */
export type DoublesToTell = (account: string) => Promise<readonly ReportedDouble[]>;

/**
 * Reports to each account its entries whose ticket was also used through another one, whichever came first: both guests are inside,
 * and staff at either door may look for them. An account that replaces another one gets the entries of both, which belong to one
 * door. Reading R7.
 */
export function doublesToTell(store: Store<FoundTables & AccountTables>, now: Clock): DoublesToTell {
  const load = sharedFor(KEPT_MS, async () => {
    const tickets = await store.reports
      .selectFrom('finding')
      .select(TICKET_KEY)
      .where('kind', '=', sql.lit('DOUBLE' as const))
      .where('notedAt', 'is', null)
      .where('foundAt', '>=', wallClockAt(now() - TOLD_FOR_MS))
      .orderBy('foundAt', 'desc')
      .limit(MAX_FINDINGS)
      .execute();
    return tickets.length === 0 ? new Map<string, ToTell[]>() : byAccount(tickets);
  });

  async function byAccount(tickets: readonly TicketKey[]): Promise<Map<string, ToTell[]>> {
    const entries = Map.groupBy(await loadEntries({ db: store.reports, store }, tickets), ticketText);
    const successorOf = await createSuccession({ db: store.reports.withTables<AccountTables>() }).loadSuccessors();
    const doubles = tickets.flatMap((ticket) =>
      amongEntries(
        (entries.get(ticketText(ticket)) ?? []).map((entry) => ({ ...entry, account: successorOf(entry.account) })),
      ),
    );
    return Map.groupBy(doubles, ({ account }) => account);
  }

  return async (account) => ((await load()).get(account) ?? []).slice(0, MAX_REPORTED_DOUBLES);
}

type ToTell = ReportedDouble & { readonly account: string };

/** Of each entry of a ticket, the first one through another account. */
function amongEntries(entries: readonly ReceivedRecord[]): ToTell[] {
  return entries.flatMap(({ account, recordId }) => {
    const other = entries.find((entry) => entry.account !== account);
    if (other === undefined) return [];
    const entry = { recordId: other.recordId as RecordId, checkTime: other.checkTime };
    return [{ account, recordId: recordId as RecordId, entry }];
  });
}
