import {
  createRecordStore,
  outboundRecordCommands,
  receivedRecordCommands,
  salvageRecords,
} from '@ticket-check/check-records';
import {
  accountCommands,
  createUpstreamStore,
  openAccountAdmin,
  storeCommands,
  type UpstreamStore,
  upstreamCommands,
} from '@ticket-check/exchange';
import { keyCommands, loadKeyStatus } from '@ticket-check/key-cache';
import { type Clock, createLogger, createProgram, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import { salvageRows } from '@ticket-check/storage';
import type { Command } from 'commander';
import { startThirdPartyPlatform } from './app.ts';
import { cinemaCommands } from './cinemas/commands.ts';
import { createServedCinemas } from './cinemas/served-cinemas.ts';
import { claimingRecords, createClaimStore } from './claims/claim-store.ts';
import { claimCommands } from './claims/commands.ts';
import { releaseCommand } from './claims/release-command.ts';
import { createSupervisorReleases } from './claims/supervisor-releases.ts';
import { type Environment, readThirdPartySettings } from './config.ts';
import { openDatabase, type ThirdPartyStore } from './database.ts';
import { statusOfServed } from './public-keys/key-status.ts';

/** The commands of the third-party platform. All but `serve` work beside a running service and act on it at once. */
export function createThirdPartyProgram(env: Environment, now: Clock): Command {
  const program = createProgram(
    'third-party-platform',
    'Serves check-in terminals and carries their check records to the national platform.',
  );

  program
    .command('serve')
    .description('run the platform until it is stopped')
    .action(() => serve(env, now));

  upstreamCommands(program, {
    open: async () => {
      const store = await openDatabase(readThirdPartySettings(env));
      return { upstreams: servingItsCinemas(store), close: () => store.close() };
    },
  });

  cinemaCommands(program, (run) => withStore((store) => run(createServedCinemas(store))));

  accountCommands(program, {
    dataSources: false,
    open: () => {
      const settings = readThirdPartySettings(env);
      return openAccountAdmin(settings, () => openDatabase(settings), now);
    },
  });

  const recordsOf = (store: ThirdPartyStore) => createRecordStore(store, { inSameTransaction: claimingRecords(store) });
  const records = outboundRecordCommands(program, {
    upstream: 'the national platform',
    settings: () => readThirdPartySettings(env),
    withRecords: (run) => withStore((store) => run(recordsOf(store))),
    salvage: (path, key) =>
      withStore((store) =>
        salvageRecords(salvageRows(path, key), (batch) => recordsOf(store).keep(batch, { forward: true })),
      ),
  });
  receivedRecordCommands(records, { now, withRecords: (run) => withStore((store) => run(recordsOf(store))) });

  storeCommands(program, {
    dataDir: () => readThirdPartySettings(env).DATA_DIR,
    open: () => openDatabase(readThirdPartySettings(env)),
    now,
  });
  const claims = claimCommands(program, now, (run) => withStore((store) => run(createClaimStore(store, now))));
  releaseCommand(claims, {
    now,
    logger: () => createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL),
    withReleases: (run) => withStore((store) => run(createSupervisorReleases(store))),
  });

  keyCommands(program, now, () =>
    withStore(async (store) => statusOfServed(await createServedCinemas(store).list(), await loadKeyStatus(store))),
  );

  async function withStore<T>(run: (store: ThirdPartyStore) => Promise<T>): Promise<T> {
    const store = await openDatabase(readThirdPartySettings(env));
    try {
      return await run(store);
    } finally {
      await store.close();
    }
  }

  return program;
}

async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL);
  const service = await startThirdPartyPlatform({ env, clock, logger });
  // Whoever reads the notice may ask the service to stop at once.
  const stopped = serveUntilStopped(service, logger);
  printNotice(`Its console, with /health and /metrics, is at ${service.consoleUrl}.`);
  printNotice(`The third-party platform listens on ${service.url}.`);
  await stopped;
}

/** The cinemas of the account that the national platform issued are served from then on. Reading K5. */
function servingItsCinemas(store: ThirdPartyStore): UpstreamStore {
  const upstreams = createUpstreamStore(store);
  return {
    ...upstreams,
    async set(settings) {
      await upstreams.set(settings);
      if (settings.cinemaCodes !== 'all') await createServedCinemas(store).add(settings.cinemaCodes);
    },
  };
}
