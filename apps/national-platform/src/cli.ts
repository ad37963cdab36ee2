import { reportCommands, retentionCommands } from '@ticket-check/check-records/program';
import { accountCommands, storeCommands } from '@ticket-check/exchange/program';
import { auditCommands, createCommandStore, operatorCommands, tokenCommands } from '@ticket-check/operators/program';
import type { Clock } from '@ticket-check/runtime';
import { createProgram, lateCommand } from '@ticket-check/runtime/program';
import type { Command } from 'commander';
import type { Environment } from './config.ts';

/**
 * The commands of the national platform. All except `serve` also work beside a running `serve` and take effect at once. The
 * code of a command is loaded when it runs.
 */
export function createNationalProgram(env: Environment, now: Clock): Command {
  const program = createProgram(
    'national-platform',
    "Holds the cinemas' public keys, the sold tickets and the refunds, and receives every check record.",
  );

  program
    .command('serve')
    .description('run the platform until it is stopped')
    .action(async () => (await import('./serve.ts')).serve(env, now));

  const settings = async () => (await import('./config.ts')).readNationalSettings(env);
  const store = createCommandStore(program, {
    settings,
    open: async (read) => (await import('./database.ts')).openDatabase(read),
    now,
  });
  const given = { env, store, now };
  const ofRecords = () => import('./check-records/commands.ts');

  const rows = 'import rows of one kind, one JSON object per line';
  lateCommand(program, 'import', rows, async (command) =>
    (await import('./intake/commands.ts')).importCommand(command, { store, now }),
  )
    .argument('<kind>', 'cinemas, screens, films, public-keys, tickets or refunds')
    .argument('<file>', 'an NDJSON file with the elements of the scheme; - for standard input');
  accountCommands(program, {
    store,
    others: 'data-source',
    issuer: () =>
      store.read(async (opened) => (await import('@ticket-check/exchange')).loadIssuer(await settings(), opened)),
    now,
  });
  lateCommand(program, 'records', 'work with received check records', async (records) =>
    (await ofRecords()).recordCommands(records, given),
  );
  retentionCommands(program, async () => (await ofRecords()).retentionParts(given));
  reportCommands(program, async () => (await ofRecords()).reportParts(given));
  const differing = 'compare a day hour by hour with what platforms reported';
  lateCommand(program, 'reconcile', differing, async (command) =>
    (await import('./check-records/reconcile-command.ts')).reconcileCommand(command, { store, now }),
  );
  storeCommands(program, { dataDir: async () => (await settings()).DATA_DIR, store, now });
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}
