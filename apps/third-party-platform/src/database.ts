import { openDataStore, openServedDataStore, type Store } from '@ticket-check/storage';
import type { ThirdPartySettings } from './config.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from './migrations.ts';

export type ThirdPartyStore = Store<ThirdPartyTables>;

/** Opens the platform's store; the service and its commands may have it open at the same time. */
export const openDatabase = (settings: ThirdPartySettings): Promise<ThirdPartyStore> =>
  openDataStore(settings, thirdPartyMigrations);

/** Opens the store to serve from it. */
export const openServedDatabase = (settings: ThirdPartySettings): Promise<ThirdPartyStore> =>
  openServedDataStore(settings, thirdPartyMigrations);
