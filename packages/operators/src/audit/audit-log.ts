import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { auditLine } from '../transparency-log/leaves.ts';
import { type OperationRow, type OperationTables, pagesOf, ROWS_A_PAGE } from '../transparency-log/log-tables.ts';

/** The lines of entries, by the log, those without a place last; what gets its place meanwhile may be missing. */
export async function* listAudit(db: Kysely<OperationTables>, search: AuditSearch): AsyncGenerator<string> {
  const placed = pagesOf<OperationRow & { position: number }>((last) =>
    db
      .selectFrom('logLeaf')
      .innerJoin('operation', 'operation.id', 'logLeaf.entry')
      .selectAll('operation')
      .select('logLeaf.position')
      .where('logLeaf.position', '>', last?.position ?? -1)
      .where(isAsked(search))
      .orderBy('logLeaf.position')
      .limit(ROWS_A_PAGE)
      .execute(),
  );
  for await (const page of placed) for (const { position, ...row } of page) yield auditLine(position, row);
  const waiting = pagesOf<OperationRow>((last) =>
    db
      .selectFrom('operation')
      .selectAll()
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('logLeaf').select('entry').whereRef('logLeaf.entry', '=', 'operation.id'))),
      )
      .where('id', '>', last?.id ?? '')
      .where(isAsked(search))
      .orderBy('id')
      .limit(ROWS_A_PAGE)
      .execute(),
  );
  for await (const page of waiting) for (const row of page) yield auditLine(null, row);
}

/** The entries to find: those that began in a period (both ends included), by actor and by name. */
export type AuditSearch = {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  /** The name of the operation, or what it begins with: `operator` finds `operator add` too. */
  readonly name?: string | undefined;
};

function isAsked({ since, until, actor, name }: AuditSearch) {
  const conditions = [
    since !== undefined && sql`operation.began_at >= ${since}`,
    until !== undefined && sql`operation.began_at <= ${until}`,
    actor !== undefined && sql`operation.actor = ${actor}`,
    name !== undefined &&
      sql`(operation.name = ${name} or substr(operation.name, 1, ${name.length + 1}) = ${`${name} `})`,
  ].filter((condition) => condition !== false);
  return sql<boolean>`${sql.join([sql`1 = 1`, ...conditions], sql` and `)}`;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

/** A time as people write it; null if it is none. A day begins with its first second and ends with its last. */
export function auditTime(text: string, bound: 'since' | 'until'): string | null {
  if (DAY.test(text)) return `${text}T${bound === 'since' ? '00:00:00' : '23:59:59'}`;
  return TIME.test(text) ? text : null;
}

export type AuditPlace = { readonly beganAt: string; readonly id: string };

/**
 * Entries by time, newest first, from one place on, each with its place in the log, null if it has none yet, and its leaf. Read
 * by the connection of reports; indexes have them in this order, and those of each person, so that a page of a long log costs no
 * more than one of a short one, unless hardly any entry has that name.
 */
export async function searchAudit(
  { reports }: Pick<Store<OperationTables>, 'reports'>,
  search: AuditSearch,
  { after, limit }: { readonly after: AuditPlace | null; readonly limit: number },
) {
  const rows: (OperationRow & { position: number | null })[] = await reports
    .selectFrom('operation')
    .leftJoin('logLeaf', 'logLeaf.entry', 'operation.id')
    .selectAll('operation')
    .select('logLeaf.position')
    // A page begins at one bound, not at two.
    .where(isAsked(after === null ? search : { ...search, until: undefined }))
    .$if(after !== null, (query) => query.where(isBefore(after as AuditPlace)))
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

const MOST_ACTORS = 200;

/** Everybody who did something here, by name, by steps through the index; null if they are too many to choose from. */
export async function listActors({ reports }: Pick<Store<OperationTables>, 'reports'>): Promise<string[] | null> {
  const actors: string[] = [];
  while (actors.length <= MOST_ACTORS) {
    const { next } = await reports
      .selectFrom('operation')
      .select((eb) => eb.fn.min('actor').as('next'))
      .where('actor', '>', actors.at(-1) ?? '')
      .executeTakeFirstOrThrow();
    if (next === null) return actors;
    actors.push(next);
  }
  return null;
}

const isBefore = ({ beganAt, id }: AuditPlace) =>
  sql<boolean>`(operation.began_at, operation.id) < (${beganAt}, ${id})`;
