import { sql } from 'kysely';
import type { Store } from './store.ts';
import { errorText } from './store-error.ts';
import { storeFault } from './store-fault.ts';

/** What a health check shows of a store. */
export type StoreState = { ok: true } | { ok: false; error: string };

/** Writes what is there already, as durably as everything else: only that shows that a store still takes anything. */
export async function probeStore<DB>(store: Store<DB>): Promise<StoreState> {
  try {
    await store.transaction((trx) => sql`update store_generation set generation = generation`.execute(trx));
    return { ok: true };
  } catch (error) {
    return { ok: false, error: storeFault(error) ?? errorText(error) };
  }
}
