import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import {
  findDamage,
  listSetAside,
  loadOrCreateKey,
  noteReplacedGenerations,
  salvageRows,
  setAside,
} from '@ticket-check/storage';
import type { StoreReplacement } from '../admission/rules.ts';
import type { TerminalStore } from '../tables.ts';
import { type Recovered, readRecovered } from './salvaged-rows.ts';

/**
 * Opens the store to serve from it. A damaged one is set aside first, and a fresh one takes over its upstream if that can be
 * read; everything else is left to `records salvage`. Only for the one process that serves. Reading X4.
 *
 * @throws ExpectedError when the directory, the key or the database cannot be used.
 */
export async function openServedStore<S extends TerminalStore>(options: {
  files: { readonly DATABASE_URL: string; readonly DATABASE_KEY_FILE: string };
  open: () => Promise<S>;
  now: Clock;
  logger: Logger;
}): Promise<S> {
  const { files, open, now, logger } = options;
  const { DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = files;
  const damage = findDamage(url, loadOrCreateKey(keyFile));
  if (damage !== null) {
    const aside = setAside(url, now());
    logger.error({ file: aside, damage }, 'set a damaged database aside; beginning a fresh one');
  }
  const store = await open();
  try {
    const served = await store.db.selectFrom('storeOrigin').select('beganAt').executeTakeFirst();
    if (served === undefined) await begin(store, keyFile, listSetAside(url).at(-1) ?? null, { now, logger });
    else await beginRestored(store, served.beganAt, logger);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

const ID = 1;
const NOTHING: Recovered = { generations: [], upstream: null };

/** Records how a store began, with what was recovered from the one that it replaces, in one commit. */
async function begin(
  store: TerminalStore,
  keyFile: string,
  predecessor: string | null,
  { now, logger }: { now: Clock; logger: Logger },
): Promise<void> {
  const beganAt = wallClockAt(now());
  const { generations, upstream } = predecessor === null ? NOTHING : recover(predecessor, keyFile, logger);
  await store.transaction(async (trx) => {
    if (generations.length > 0) await noteReplacedGenerations(trx, generations);
    if (upstream !== null) {
      // One that was set in the fresh store, before an agent served from it, stays.
      await trx
        .insertInto('upstream')
        .values(upstream)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    await trx.insertInto('storeOrigin').values({ id: ID, beganAt, predecessor, askedUpstreamAt: null }).execute();
  });
  if (predecessor === null) return;
  logger.warn(
    { file: predecessor, upstream: upstream?.url ?? null },
    upstream === null
      ? 'began a fresh database without upstream; set it again'
      : 'began a fresh database with its upstream',
  );
}

/** A restored backup knows of no entry since it was made, as a fresh store that replaces another one. */
async function beginRestored(store: TerminalStore, beganAt: string, logger: Logger): Promise<void> {
  const { renewedAt, generation } = store.currentGeneration();
  if (renewedAt === null || renewedAt === beganAt) return;
  const restored = { beganAt: renewedAt, predecessor: 'restored', askedUpstreamAt: null };
  await store.transaction((trx) => trx.updateTable('storeOrigin').set(restored).where('id', '=', ID).execute());
  logger.warn({ generation }, 'began a new generation: the database is a backup');
}

function recover(path: string, keyFile: string, logger: Logger): Recovered {
  try {
    return readRecovered(salvageRows(path, loadOrCreateKey(keyFile)));
  } catch (err) {
    logger.error({ err, file: path }, 'failed to read the damaged database');
    return NOTHING;
  }
}

/** Loads how the store began. Reading X4. */
export async function loadStoreOrigin(store: TerminalStore, now: Clock, logger: Logger) {
  const row = await store.db.selectFrom('storeOrigin').selectAll().executeTakeFirstOrThrow();
  const beganAt = row.beganAt as WallClock;
  // One that began empty lacks nothing.
  let askedUpstream = row.predecessor === null || row.askedUpstreamAt !== null;
  return {
    replacement: (): StoreReplacement => ({ beganAt, askedUpstream }),
    noteAsked(): void {
      if (askedUpstream) return;
      askedUpstream = true;
      const asked = store.db.updateTable('storeOrigin').set({ askedUpstreamAt: wallClockAt(now()) });
      asked.execute().catch((err: unknown) => logger.error({ err }, 'failed to record that the upstream answered'));
    },
  };
}
