import type { Clock, Logger } from '@ticket-check/runtime';
import {
  findDamage,
  finishSettingAside,
  listSetAside,
  loadOrCreateKey,
  type Store,
  salvageRows,
  setAside,
} from '@ticket-check/storage';
import { type RecoveredConfig, readRecoveredConfig } from './recovered-config.ts';
import { isUnserved, noteOrigin, type ServedTables } from './store-origin.ts';

/** The files of the store, named as in the settings. */
type StoreFiles = { readonly DATABASE_URL: string; readonly DATABASE_KEY_FILE: string };

/**
 * Opens the store to serve from it. A damaged one is set aside first, and a fresh one takes over what can be read of upstream, keys,
 * claims to release and undone admissions; check records are left to `records salvage`. Only for the one process that serves.
 * Reading X4.
 *
 * @throws ExpectedError when the directory, the key or the database cannot be used.
 */
export async function openServedStore<S extends Store<ServedTables>>(options: {
  files: StoreFiles;
  /** Opens it; makes it if there is no file. */
  open: () => Promise<S>;
  now: Clock;
  logger: Logger;
}): Promise<S> {
  const { files, open, now, logger } = options;
  const { DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = files;
  let aside = finishSettingAside(url);
  const damage = findDamage(url, loadOrCreateKey(keyFile));
  if (damage !== null) {
    aside = setAside(url, now());
    logger.error({ file: aside, damage }, 'set a damaged database aside; beginning a fresh one');
  }
  const store = await open();
  try {
    if (await isUnserved(store)) await begin(store, files, aside ?? listSetAside(url).at(-1) ?? null, { now, logger });
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function begin(
  store: Store<ServedTables>,
  files: StoreFiles,
  predecessor: string | null,
  { now, logger }: { now: Clock; logger: Logger },
): Promise<void> {
  if (predecessor === null) return noteOrigin(store, now, null);
  const recovered = recoverConfig(predecessor, files, logger);
  await noteOrigin(store, now, { path: predecessor, recovered });
  const { upstream, keys, claims, reversals } = recovered;
  logger.warn(
    {
      file: predecessor,
      upstream: upstream?.url ?? null,
      keys: keys.length,
      claimsToRelease: claims.length,
      undoneEntries: reversals.length,
    },
    upstream === null
      ? 'began a fresh database without upstream; set it again'
      : 'began a fresh database with upstream and keys',
  );
}

function recoverConfig(path: string, { DATABASE_KEY_FILE: keyFile }: StoreFiles, logger: Logger): RecoveredConfig {
  try {
    const key = loadOrCreateKey(keyFile);
    return readRecoveredConfig(() => salvageRows(path, key));
  } catch (err) {
    logger.error({ err, file: path }, 'failed to read the damaged database');
    return { generations: [], upstream: null, keys: [], claims: [], reversals: [] };
  }
}
