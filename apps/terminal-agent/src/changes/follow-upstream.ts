import { followChanges } from '@ticket-check/check-records';
import { addSeconds, type TicketChange, type TicketIdentity, type WallClock } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { sql } from 'kysely';
import type { Core } from '../core.ts';
import { identityOf } from '../journal/scan.ts';
import type { Db, TerminalStore, TerminalTables } from '../tables.ts';

/** What is known of a ticket without asking the upstream. */
export type KnownChanges = { readonly refunded: boolean; readonly liveETicket: boolean };

const CHANGE_COLUMNS = { startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text', kind: 'text' } as const;

export async function loadKnownChanges(store: TerminalStore, ticket: TicketIdentity): Promise<KnownChanges> {
  const rows = await store.readCommitted(
    store.db
      .selectFrom('knownChange')
      .select('kind')
      .where(({ and }) => and(identityOf(ticket)))
      .compile(),
  );
  const kinds = new Set(rows.map(({ kind }) => kind));
  return { refunded: kinds.has('refunded'), liveETicket: kinds.has('eticket-live') };
}

/** Keeps changes of sessions from a time on, in the order of their announcement, in an open transaction. */
async function keepKnownChanges(
  store: TerminalStore,
  trx: Db,
  changes: readonly TicketChange[],
  from: WallClock,
): Promise<void> {
  const last = new Map<string, TicketChange>();
  for (const change of changes.filter(({ startTime }) => startTime >= from)) {
    const subject = change.kind === 'refunded' ? 'refund' : 'e-ticket';
    last.set([change.startTime, change.cinemaCode, change.filmTicketCode, subject].join(' '), change);
  }
  const ended = [...last.values()].filter(({ kind }) => kind === 'eticket-ended');
  const known = [...last.values()].filter(({ kind }) => kind !== 'eticket-ended');
  if (known.length > 0) {
    await sql`
      insert into known_change (start_time, cinema_code, film_ticket_code, kind)
      select given.* from ${store.rowsAsTable(known, CHANGE_COLUMNS)} as given where true
      on conflict do nothing
    `.execute(trx);
  }
  if (ended.length > 0) {
    await sql`
      delete from known_change where kind = 'eticket-live' and (start_time, cinema_code, film_ticket_code) in
        (select given.start_time, given.cinema_code, given.film_ticket_code from ${store.rowsAsTable(ended, CHANGE_COLUMNS)} as given)
    `.execute(trx);
  }
}

/** Forgets which e-tickets are live, in an open transaction, when the platform was replaced or restored. */
export async function forgetLiveETickets(trx: Db): Promise<void> {
  await trx.deleteFrom('knownChange').where('kind', '=', 'eticket-live').execute();
}

/** Longer than the clock may be wrong, so that correcting it loses nothing. */
const MARGIN_SECONDS = 86_400;

export type KnownTicketChanges = Pick<ReturnType<typeof followUpstream>, 'known' | 'knownAt'>;

/**
 * Follows the changes that the platform above announces while the line is up, and keeps those of tickets that may still be
 * admitted here. Reading X9.
 */
export function followUpstream(
  service: Service,
  { store, connection, cinemas, clock, settings }: Core & { settings: { readonly ADMIT_AFTER_MINUTES: number } },
) {
  const oldest = () => addSeconds(clock.now(), -(settings.ADMIT_AFTER_MINUTES * 60 + MARGIN_SECONDS));
  const followed = followChanges<TerminalTables>(service, {
    store,
    connection,
    cinemas: cinemas.served,
    async countKept() {
      const counted = store.db.selectFrom('knownChange').select((eb) => eb.fn.countAll<number>().as('count'));
      return Number((await counted.executeTakeFirstOrThrow()).count);
    },
    keep: (trx, changes) => keepKnownChanges(store, trx, changes, oldest()),
    // A refund holds for every platform. An e-ticket is live only at the platform that issued it, which announces it again.
    forget: forgetLiveETickets,
  });
  connection.onReplaced(({ isAnother }) => {
    if (isAnother) followed.beginAgain();
  });
  return {
    known: (ticket: TicketIdentity) => loadKnownChanges(store, ticket),
    /** Up to when all refunds are known; null if the upstream does not announce them. */
    knownAt: followed.asOf,
    /** Deletes what concerns no session that may still be entered: few rows, one for each refund of current sessions. */
    async forgetOld(): Promise<void> {
      await store.db.deleteFrom('knownChange').where('startTime', '<', oldest()).execute();
    },
  };
}
