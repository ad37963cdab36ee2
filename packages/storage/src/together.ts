import type { CompiledQuery, Kysely } from 'kysely';
import type { Engine } from './migrations.ts';

/**
 * Joins statements into one that answers what the last does: on PostgreSQL each is a round trip and a plan. None may read
 * or write a row that another writes. SQLite and a distributed database get them one after the other.
 */
export function together<O>(
  { engine, isDistributed }: { readonly engine: Engine; readonly isDistributed: boolean },
  statements: readonly CompiledQuery<O>[],
): readonly CompiledQuery<O>[] {
  const last = statements.at(-1);
  if (engine === 'sqlite' || isDistributed || last === undefined || statements.length === 1) return statements;
  const parameters: unknown[] = [];
  const texts = statements.map((statement) => {
    const before = parameters.length;
    parameters.push(...statement.parameters);
    return statement.sql.replaceAll(/\$(\d+)/g, (_, number) => `$${before + Number(number)}`);
  });
  const others = texts.slice(0, -1).map((text, index) => `part_${index} as (${text})`);
  return [{ ...last, sql: `with ${others.join(', ')} ${texts.at(-1)}`, parameters }];
}

/** Runs such statements (`together`) in an open transaction; answers the rows of the last one. */
export async function writeTogether<DB, O>(
  { db, store }: { readonly db: Kysely<DB>; readonly store: Parameters<typeof together>[0] },
  statements: readonly CompiledQuery<O>[],
): Promise<O[]> {
  let rows: O[] = [];
  for (const statement of together(store, statements)) rows = (await db.executeQuery(statement)).rows;
  return rows;
}
