import {
  createRecordStore,
  createReversals,
  outboundRecordCommands,
  PLATFORM_DEADLINE,
  receivedRecordCommands,
  reconcileCommand,
  reportCommands,
  retentionCommands,
  salvageDeliveries,
  salvageRecords,
  salvageReversals,
  takeOverDelivered,
  undoneCommand,
} from '@ticket-check/check-records';
import {
  accountCommands,
  askTime,
  createUpstreamStore,
  loadIssuer,
  storeCommands,
  upstreamCommands,
} from '@ticket-check/exchange';
import { keyCommands, loadKeyStatus } from '@ticket-check/key-cache';
import { auditCommands, createCommandStore, operatorCommands, tokenCommands } from '@ticket-check/operators';
import { type Clock, createLogger, createProgram, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import { salvageRows } from '@ticket-check/storage';
import type { Command } from 'commander';
import { enrolCommand } from './accounts/enrol-command.ts';
import { afterUndo } from './check-records/after-undo.ts';
import { followingEntries } from './check-records/kept-entries.ts';
import { retentionRules } from './check-records/retention-rules.ts';
import { undoCommand } from './check-records/undo-command.ts';
import { cinemaCommands } from './cinemas/commands.ts';
import { createServedCinemas } from './cinemas/served-cinemas.ts';
import { createClaimStore } from './claims/claim-store.ts';
import { claimCommands } from './claims/commands.ts';
import { releaseCommand } from './claims/release-command.ts';
import { type Environment, readThirdPartySettings } from './config.ts';
import { openDatabase, type ThirdPartyStore } from './database.ts';
import { eTicketKeyCommands } from './e-tickets/commands.ts';
import { fleetCommands } from './fleet/commands.ts';
import { leftBehind } from './fleet/left-behind.ts';
import { statusOfServed } from './public-keys/key-status.ts';
import { SPOKEN_UPSTREAM } from './upstream/connect-national.ts';
import { worklistCommands } from './worklist/commands.ts';

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

  const store = createCommandStore(program, { settings: () => readThirdPartySettings(env), open: openDatabase, now });
  upstreamCommands(program, {
    store,
    // The cinemas of the account that the national platform issued are served from then on. Reading K5.
    async onSet(opened, cinemaCodes) {
      if (cinemaCodes !== 'all') await createServedCinemas(opened as ThirdPartyStore).add(cinemaCodes);
    },
  });
  cinemaCommands(program, store);
  const issuer = () => store.read((opened) => loadIssuer(readThirdPartySettings(env), opened));
  const accounts = accountCommands(program, {
    store,
    others: 'seller',
    issuer,
    now,
    leaves: (opened, username) => leftBehind(opened as ThirdPartyStore, username),
  });
  enrolCommand(accounts, { store, issuer, now });

  const logger = () => createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL);
  const recordsOf = (opened: ThirdPartyStore) =>
    createRecordStore(opened, { inSameTransaction: followingEntries(opened) });
  const records = outboundRecordCommands(program, {
    upstream: 'the national platform',
    settings: () => readThirdPartySettings(env),
    store,
    recordsOf,
    async salvage(opened, path, key) {
      const reversals = createReversals(opened, { inSameTransaction: afterUndo(opened) });
      const undone = await salvageReversals(salvageRows(path, key), (batch) => reversals.takeBack(batch));
      const kept = await salvageRecords(salvageRows(path, key), (batch) =>
        recordsOf(opened).keep(batch, { forward: true }),
      );
      await salvageDeliveries(salvageRows(path, key), (batch) =>
        takeOverDelivered({ db: opened.db, store: opened }, batch),
      );
      return { ...kept, reversals: undone };
    },
  });
  undoCommand(records, { store, now });
  undoneCommand(records, {
    upstream: 'the national platform',
    store,
  });
  receivedRecordCommands(records, { now, store, recordsOf });
  retentionCommands(
    { program, records },
    {
      now,
      store,
      rules: (opened) => retentionRules(opened, readThirdPartySettings(env)),
      confirmed: (opened) => askTime(createUpstreamStore(opened), { now, logger: logger() }),
      unconfirmed:
        'The national platform did not tell the time, and the clock of this machine may be years ahead: try again when it answers.',
    },
  );
  reconcileCommand(program, {
    store,
    upstreamsOf: (opened) => createUpstreamStore(opened),
    cinemas: (opened) => createServedCinemas(opened).list(),
    extensions: SPOKEN_UPSTREAM,
    deadline: PLATFORM_DEADLINE,
    now,
    logger: () => createLogger('third-party-platform', 'warn'),
  });

  reportCommands(program, {
    sends: true,
    checkedBy: 'Account',
    now,
    store,
    sourceOf: (opened) => ({ store: opened, cinemas: createServedCinemas(opened).list }),
  });

  storeCommands(program, { dataDir: () => readThirdPartySettings(env).DATA_DIR, store, now });
  const claims = claimCommands(program, { now, store, claimsOf: (opened) => createClaimStore(opened, now) });
  releaseCommand(claims, {
    now,
    logger,
    store,
  });
  eTicketKeyCommands(program, { store, now });
  fleetCommands(program, { store, now });
  worklistCommands(program, { store, now });
  keyCommands(program, now, () =>
    store.read(async (opened) => statusOfServed(await createServedCinemas(opened).list(), await loadKeyStatus(opened))),
  );
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}

async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL);
  // Commands start sooner without it.
  const { startThirdPartyPlatform } = await import('./app.ts');
  const service = await startThirdPartyPlatform({ env, clock, logger });
  // Whoever reads the notice may ask the service to stop at once.
  const stopped = serveUntilStopped(service, logger);
  printNotice(`Its console, with /health and /metrics, is at ${service.consoleUrl}.`);
  printNotice(`The third-party platform listens on ${service.url}.`);
  await stopped;
}
