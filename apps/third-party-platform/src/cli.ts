import {
  accountCommands,
  auditCommands,
  migrationCommands,
  operatorCommands,
  storeCommands,
  tokenCommands,
  upstreamCommands,
} from '@ticket-check/admin';
import { loadIssuer } from '@ticket-check/exchange';
import { createCommandStore } from '@ticket-check/operators';
import { type Clock, createLogger, createProgram, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import { explainFault } from '@ticket-check/storage';
import type { Command } from 'commander';
import { accountParts, enrolCommands } from './accounts/serve-accounts.ts';
import { startThirdPartyPlatform } from './app.ts';
import { recordCommands } from './check-records/commands.ts';
import { createServedCinemas } from './cinemas/served-cinemas.ts';
import { claimCommands } from './claims/serve-claims.ts';
import { type Environment, readThirdPartySettings } from './config.ts';
import { openDatabase, type ThirdPartyStore, thirdPartyMigrations } from './database.ts';
import { eTicketCommands } from './e-tickets/serve-e-tickets.ts';
import { fleetCommands } from './fleet/fleet.ts';
import { cinemaCommands } from './public-keys/serve-cinemas.ts';
import { worklistCommands } from './worklist/serve-worklist.ts';

/** The commands of the third-party platform. All but `serve` work beside a running service and act on it at once. */
export function createThirdPartyProgram(env: Environment, now: Clock): Command {
  const program = createProgram(
    'third-party-platform',
    'Serves check-in terminals and carries their check records to the national platform.',
    explainFault,
  );

  program
    .command('serve')
    .description('run the platform until it is stopped')
    .action(() => serve(env, now));

  const settings = () => readThirdPartySettings(env);
  const store = createCommandStore(program, { settings, open: openDatabase, now });

  upstreamCommands(program, {
    store,
    // The cinemas of the account that the national platform issued are served from then on. Reading K5.
    async onSet(opened, cinemaCodes) {
      if (cinemaCodes !== 'all') await createServedCinemas(opened as ThirdPartyStore).add(cinemaCodes);
    },
  });
  cinemaCommands(program, { store, now });
  const issuer = () => store.read((opened) => loadIssuer(settings(), opened));
  const account = accountCommands(program, { store, ...accountParts(now, issuer) });
  enrolCommands(account, { store, issuer, now });
  recordCommands(program, { env, store, now });
  storeCommands(program, { settings, migrations: thirdPartyMigrations, store, now });
  migrationCommands(program, { settings, migrations: thirdPartyMigrations, open: openDatabase });
  claimCommands(program, { store, now });
  eTicketCommands(program, { store, now });
  fleetCommands(program, { store, now });
  worklistCommands(program, { store, now });
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}

/** Runs the platform until it is stopped, and says where it is. */
async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL);
  const service = await startThirdPartyPlatform({ env, clock, logger });
  // A reader of the notice may ask the service to stop at once.
  const stopped = serveUntilStopped(service, logger);
  printNotice(`Its console, with /health and /metrics, is at ${service.consoleUrl}.`);
  printNotice(`The third-party platform listens on ${service.url}.`);
  await stopped;
}
