import type { Logger } from '@ticket-check/runtime';
import { openDataStore, openServedDataStore, type Store } from '@ticket-check/storage';
import type { ThirdPartySettings } from './config.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from './migrations.ts';

export type ThirdPartyStore = Store<ThirdPartyTables>;

/** Opens the platform's store; the service and its commands may have it open at the same time. */
export const openDatabase = (settings: ThirdPartySettings): Promise<ThirdPartyStore> =>
  openDataStore(settings, thirdPartyMigrations);

/** Opens the store to serve from it. */
export const openServedDatabase = (
  settings: ThirdPartySettings,
  now: () => number,
  logger: Logger,
): Promise<ThirdPartyStore> =>
  openServedDataStore(settings, thirdPartyMigrations, {
    now,
    onNewGeneration: ({ generation, replaces }) =>
      logger.warn({ generation, replaces }, 'began a new generation: PostgreSQL may lack records'),
  });
