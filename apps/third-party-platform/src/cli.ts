import { reconcileCommand, reportCommands, retentionCommands } from '@ticket-check/check-records/program';
import { accountCommands, storeCommands, upstreamCommands } from '@ticket-check/exchange/program';
import { keyCommands } from '@ticket-check/key-cache/program';
import { auditCommands, createCommandStore, operatorCommands, tokenCommands } from '@ticket-check/operators/program';
import type { Clock } from '@ticket-check/runtime';
import { createProgram, lateCommand } from '@ticket-check/runtime/program';
import type { Command } from 'commander';
import type { Environment } from './config.ts';
import type { ThirdPartyStore } from './database.ts';

/**
 * The commands of the third-party platform. All but `serve` work beside a running service and act on it at once. What each is made of is
 * loaded with it.
 */
export function createThirdPartyProgram(env: Environment, now: Clock): Command {
  const program = createProgram(
    'third-party-platform',
    'Serves check-in terminals and carries their check records to the national platform.',
  );

  program
    .command('serve')
    .description('run the platform until it is stopped')
    .action(async () => (await import('./serve.ts')).serve(env, now));

  const settings = async () => (await import('./config.ts')).readThirdPartySettings(env);
  const store = createCommandStore(program, {
    settings,
    open: async (read) => (await import('./database.ts')).openDatabase(read),
    now,
  });
  const given = { env, store, now };
  const ofRecords = () => import('./check-records/commands.ts');

  upstreamCommands(program, {
    store,
    // The cinemas of the account that the national platform issued are served from then on. Reading K5.
    async onSet(opened, cinemaCodes) {
      const { createServedCinemas } = await import('./cinemas/served-cinemas.ts');
      if (cinemaCodes !== 'all') await createServedCinemas(opened as ThirdPartyStore).add(cinemaCodes);
    },
  });
  lateCommand(program, 'cinema', 'the cinemas that this platform serves', async (cinema) =>
    (await import('./cinemas/commands.ts')).cinemaCommands(cinema, store),
  );
  const issuer = () =>
    store.read(async (opened) => (await import('@ticket-check/exchange')).loadIssuer(await settings(), opened));
  accountCommands(program, {
    store,
    others: 'seller',
    issuer,
    now,
    leaves: async (opened, username) =>
      (await import('./fleet/left-behind.ts')).leftBehind(opened as ThirdPartyStore, username),
    more: async (account) =>
      (await import('./accounts/enrol-command.ts')).enrolCommand(account, { store, issuer, now }),
  });
  lateCommand(program, 'records', 'check records, which go on to the national platform', async (records) =>
    (await ofRecords()).recordCommands(records, given),
  );
  retentionCommands(program, async () => (await ofRecords()).retentionParts(given));
  reconcileCommand(program, async () => (await ofRecords()).reconcileParts(given));
  reportCommands(program, async () => (await ofRecords()).reportParts(given));
  storeCommands(program, { dataDir: async () => (await settings()).DATA_DIR, store, now });
  lateCommand(program, 'claims', 'claims of terminals on tickets', async (claims) =>
    (await import('./claims/commands.ts')).claimCommands(claims, given),
  );
  lateCommand(program, 'eticket-key', 'the keys that this platform signs e-tickets with', async (keys) =>
    (await import('./e-tickets/commands.ts')).eTicketKeyCommands(keys, { store, now }),
  );
  lateCommand(program, 'pick-up', 'tickets that were picked up on paper', async (pickUps) =>
    (await import('./e-tickets/commands.ts')).pickUpCommands(pickUps, { store }),
  );
  lateCommand(program, 'fleet', 'the terminals of this platform', async (fleet) =>
    (await import('./fleet/commands.ts')).fleetCommands(fleet, { store, now }),
  );
  const findings = 'tickets that were entered more than once, or were entered and then refunded';
  lateCommand(program, 'worklist', findings, async (worklist) =>
    (await import('./worklist/commands.ts')).worklistCommands(worklist, { store, now }),
  );
  keyCommands(program, now, () =>
    store.read(async (opened) => (await import('./public-keys/key-status.ts')).loadStatusOfServed(opened)),
  );
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}
