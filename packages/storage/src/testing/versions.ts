import { sql } from 'kysely';
import type { Contract, Expand, Migrations } from '../migrations.ts';
import type { Store } from '../store.ts';

/** Three releases of a program that renames a column of its only table. */
export type Version = 'label' | 'both' | 'caption';

export interface SeatDatabase {
  /** Older versions read the label, later ones the caption. */
  seat: { seat: number; taker: number; label?: string; caption?: string | null };
}

const creation: Migrations = {
  '0001': async (db) => {
    await sql`create table seat (seat bigint primary key, taker bigint not null, label text)`.execute(db);
  },
};

export const expand: Expand = {
  kind: 'expand',
  locks: ['seat'],
  async run(db) {
    await db.schema.alterTable('seat').addColumn('caption', 'text').execute();
  },
  indexes: [
    { name: 'seat_by_caption', table: 'seat', columns: '(caption, seat)' },
    // Goes before the label.
    { name: 'seat_by_names', table: 'seat', columns: '(caption, label)' },
  ],
  backfills: [{ table: 'seat', key: ['seat'], set: sql`caption = label`, where: sql`caption is null` }],
};

const contract: Contract = {
  kind: 'contract',
  // The release before still writes the label.
  readableSince: '0003',
  locks: ['seat'],
  async run(db) {
    await db.schema.dropIndex('seat_by_names').execute();
    await db.schema.alterTable('seat').dropColumn('label').execute();
  },
};

export const SEAT_MIGRATIONS: Record<Version, Migrations> = {
  label: creation,
  both: { ...creation, '0002': expand },
  caption: { ...creation, '0002': expand, '0003': contract },
};

/** Takes a seat unless somebody has it, and reads it as the version does. @throws Error if a seat has no name */
export async function takeSeat(store: Store<SeatDatabase>, version: Version, seat: number): Promise<void> {
  const name = `seat ${seat}`;
  const names = { label: { label: name }, both: { label: name, caption: name }, caption: { caption: name } }[version];
  await store.db
    .insertInto('seat')
    .values({ seat, taker: process.pid, ...names })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const columns = { label: ['label'], both: ['label', 'caption'], caption: ['seat'] } as const;
  const found = await store.db.selectFrom('seat').select(columns[version]).where('seat', '=', seat).executeTakeFirst();
  if (!Object.values(found ?? {}).some(Boolean)) throw new Error(`seat ${seat} has no name`);
}

/** Two later steps of a table that both versions use: one adds a copy of a column, with an index, the other drops it. */
export function copyThenDrop(table: string, key: readonly string[], column: string): Migrations {
  const copy = `${column}_copy`;
  return {
    '0002': {
      kind: 'expand',
      locks: [table],
      async run(db) {
        await db.schema.alterTable(table).addColumn(copy, 'text').execute();
      },
      indexes: [{ name: `${table}_by_${copy}`, table, columns: `(${copy}, ${column})` }],
      backfills: [
        { table, key, set: sql`${sql.ref(copy)} = ${sql.ref(column)}`, where: sql`${sql.ref(copy)} is null` },
      ],
    },
    '0003': {
      kind: 'contract',
      readableSince: '0003',
      locks: [table],
      async run(db) {
        await db.schema.alterTable(table).dropColumn(copy).execute();
      },
    },
  };
}
