import { type Store, withTables } from '@ticket-check/storage';
import { createTransparencyLog, type LoggedTable, type TransparencyLog } from '@ticket-check/transparency-log';
import type { Kysely } from 'kysely';
import type { OperationRow, OperationTables } from '../migrations.ts';
import { auditLine } from './audit-line.ts';

const audited = ({ rowsAsTable }: Store<OperationTables>): LoggedTable<OperationTables> => ({
  name: 'ticket-check/audit',
  table: 'operation',
  key: 'id',
  async leaves(db, entries) {
    const rows = await db
      .selectFrom(rowsAsTable(entries, { entry: 'text', position: 'integer' }).as('placed'))
      .innerJoin('operation', 'operation.id', 'placed.entry')
      .selectAll('operation')
      .select('placed.position')
      .execute();
    return new Map(rows.map(({ position, ...row }) => [row.id, auditLine(position, row)]));
  },
});

/**
 * The operations of a store as a transparency log. Scheme 5.3.2.2.
 *
 * @param clock epoch milliseconds of this machine
 */
export function auditLogOf<DB extends OperationTables>(store: Store<DB>, clock = Date.now): TransparencyLog {
  const its: Store<OperationTables> = withTables(store);
  return createTransparencyLog(its, audited(its), clock);
}

const ROWS_A_PAGE = 1000;

/** Wall clock times, each part of the period. */
type AuditPeriod = { readonly since: string; readonly until: string };

/** The lines of what began in a period, in the order of the log; what has no place in it yet comes last. What gets its place meanwhile may be missing. */
export async function* listAudit(db: Kysely<OperationTables>, { since, until }: AuditPeriod): AsyncGenerator<string> {
  let after = -1;
  for (;;) {
    const page: (OperationRow & { position: number })[] = await db
      .selectFrom('logLeaf')
      .innerJoin('operation', 'operation.id', 'logLeaf.entry')
      .selectAll('operation')
      .select('logLeaf.position')
      .where('logLeaf.position', '>', after)
      .where('operation.beganAt', '>=', since)
      .where('operation.beganAt', '<=', until)
      .orderBy('logLeaf.position')
      .limit(ROWS_A_PAGE)
      .execute();
    for (const { position, ...row } of page) yield auditLine(position, row);
    after = page.at(-1)?.position ?? after;
    if (page.length < ROWS_A_PAGE) break;
  }
  let afterId = '';
  for (;;) {
    const page = await db
      .selectFrom('operation')
      .selectAll()
      .where((eb) =>
        eb.not(eb.exists(eb.selectFrom('logLeaf').select('entry').whereRef('logLeaf.entry', '=', 'operation.id'))),
      )
      .where('id', '>', afterId)
      .where('beganAt', '>=', since)
      .where('beganAt', '<=', until)
      .orderBy('id')
      .limit(ROWS_A_PAGE)
      .execute();
    for (const row of page) yield auditLine(null, row);
    afterId = page.at(-1)?.id ?? afterId;
    if (page.length < ROWS_A_PAGE) return;
  }
}
