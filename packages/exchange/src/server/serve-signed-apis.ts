import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { createAccounts } from '../accounts/accounts.ts';
import type { AccountTables } from '../accounts/migrations.ts';
import { type SignedApisOptions, signedApis } from './signed-apis.ts';
import { unservedPaths } from './unserved-paths.ts';

export type SignedApisSettings = {
  readonly CLOCK_WINDOW_SECONDS: number;
  readonly REQUESTS_PER_MINUTE: number;
  readonly REFUSALS_PER_MINUTE: number;
};

/**
 * Serves signed Apis to the accounts of a store, within the limits of the settings (`signedApis`), and answers what no
 * route of the service serves (`unservedPaths`).
 */
export function serveSignedApis(
  service: Service,
  options: Pick<SignedApisOptions, 'apis' | 'extensions' | 'onStoreFault'> & {
    store: Store<AccountTables>;
    settings: SignedApisSettings;
  },
): void {
  const { store, settings, apis, extensions, onStoreFault } = options;
  const { now, metrics } = service;
  service.route(async (app) => {
    const envelope = { now, extensions, currentGeneration: store.currentGeneration };
    await app.register(signedApis, {
      ...envelope,
      apis,
      accounts: createAccounts(store, now),
      windowMs: settings.CLOCK_WINDOW_SECONDS * 1000,
      requestsPerMinute: settings.REQUESTS_PER_MINUTE,
      refusalPace: { perMinute: settings.REFUSALS_PER_MINUTE },
      metrics,
      ...(onStoreFault && { onStoreFault }),
    });
    await app.register(unservedPaths, envelope);
  });
}
