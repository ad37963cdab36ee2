import type { CheckRecordTables } from '@ticket-check/check-records';
import type { UpstreamTables } from '@ticket-check/exchange';
import type { KeyCacheTables } from '@ticket-check/key-cache';
import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import type { Migrations, Store } from '@ticket-check/storage';
import type { StoreReplacement } from '../admission/rules.ts';
import type { ClaimTables } from '../claims/claim-releases.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import { type RecoveredConfig, writeRecoveredConfig } from './recovered-config.ts';

export type StoreOriginTables = {
  /** One row, once an agent has served from the store. */
  storeOrigin: {
    id: number;
    beganAt: string;
    /** The file that was set aside when it began; null if it began empty. */
    predecessor: string | null;
    /** When the upstream first answered a question about a ticket; null if it has not. */
    askedUpstreamAt: string | null;
  };
};

export const storeOriginMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('store_origin')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('began_at', 'text', (column) => column.notNull())
      .addColumn('predecessor', 'text')
      .addColumn('asked_upstream_at', 'text')
      .execute();
  },
};

/** The tables that a fresh store reads and writes. */
export type ServedTables = StoreOriginTables &
  ScanTables &
  ClaimTables &
  UpstreamTables &
  KeyCacheTables &
  CheckRecordTables;

const ID = 1;

/** Whether no agent has served from a store yet. */
export async function isUnserved({ db }: Store<ServedTables>): Promise<boolean> {
  const row = await db.selectFrom('storeOrigin').select('id').executeTakeFirst();
  return row === undefined;
}

/** Records how a store began, with what was recovered from the one that it replaces, in one commit. */
export async function noteOrigin(
  store: Store<ServedTables>,
  now: Clock,
  predecessor: { path: string; recovered: RecoveredConfig } | null,
): Promise<void> {
  const beganAt = wallClockAt(now());
  await store.transaction(async (trx) => {
    if (predecessor !== null) {
      await writeRecoveredConfig(trx, store, predecessor.recovered, beganAt);
    }
    await trx
      .insertInto('storeOrigin')
      .values({
        id: ID,
        beganAt,
        predecessor: predecessor?.path ?? null,
        askedUpstreamAt: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

export type StoreOrigin = {
  /** null if this store replaced none. */
  replacement(): StoreReplacement | null;
  /** Called when the upstream answered a question about a ticket. */
  noteAsked(): void;
};

/** Loads how the store began. Reading X4. */
export async function loadStoreOrigin(store: Store<ServedTables>, now: Clock, logger: Logger): Promise<StoreOrigin> {
  const row = await store.db.selectFrom('storeOrigin').selectAll().where('id', '=', ID).executeTakeFirst();
  if (row === undefined || row.predecessor === null) return { replacement: () => null, noteAsked: () => {} };
  const beganAt = row.beganAt as WallClock;
  let askedUpstream = row.askedUpstreamAt !== null;
  return {
    replacement: () => ({ beganAt, askedUpstream }),
    noteAsked() {
      if (askedUpstream) return;
      askedUpstream = true;
      store
        .transaction((trx) =>
          trx
            .updateTable('storeOrigin')
            .set({ askedUpstreamAt: wallClockAt(now()) })
            .where('id', '=', ID)
            .execute(),
        )
        .catch((err: unknown) => logger.error({ err }, 'failed to record that the upstream answered'));
    },
  };
}
