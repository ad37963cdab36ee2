import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { OperationRow, OperationTables } from '../migrations.ts';
import { auditLine } from './audit-line.ts';

/** The entries to find: those that began in a period (both ends included), by actor and by name. */
export type AuditSearch = {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  /** The name of the operation, or what it begins with: `operator` finds `operator add` too. */
  readonly name?: string | undefined;
};

/** The place of an entry among those found. */
export type AuditPlace = { readonly beganAt: string; readonly id: string };

/** An entry: its place in the log, null if it has none yet, and its leaf. */
export type FoundEntry = AuditPlace & { readonly index: number | null; readonly line: string };

/**
 * Entries by time, newest first, from one place on. Read by the connection of reports; indexes have them in this order, and those
 * of each person, so that a page of a long log costs no more than one of a short one, unless hardly any entry has that name.
 */
export async function searchAudit(
  { reports }: Pick<Store<OperationTables>, 'reports'>,
  { since, until, actor, name }: AuditSearch,
  { after, limit }: { readonly after: AuditPlace | null; readonly limit: number },
): Promise<FoundEntry[]> {
  const rows: (OperationRow & { position: number | null })[] = await reports
    .selectFrom('operation')
    .leftJoin('logLeaf', 'logLeaf.entry', 'operation.id')
    .selectAll('operation')
    .select('logLeaf.position')
    .$if(since !== undefined, (query) => query.where('operation.beganAt', '>=', since ?? ''))
    .$if(until !== undefined && after === null, (query) => query.where('operation.beganAt', '<=', until ?? ''))
    .$if(after !== null, (query) => query.where(isBefore(after as AuditPlace)))
    .$if(actor !== undefined, (query) => query.where('operation.actor', '=', actor ?? ''))
    .$if(name !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('operation.name', '=', name ?? ''),
          eb(sql`substr(operation.name, 1, ${(name ?? '').length + 1})`, '=', `${name} `),
        ]),
      ),
    )
    .orderBy('operation.beganAt', 'desc')
    .orderBy('operation.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ position, ...row }) => ({
    beganAt: row.beganAt,
    id: row.id,
    index: position,
    line: auditLine(position, row),
  }));
}

const isBefore = ({ beganAt, id }: AuditPlace) =>
  sql<boolean>`(operation.began_at, operation.id) < (${beganAt}, ${id})`;
