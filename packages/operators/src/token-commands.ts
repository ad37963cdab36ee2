import { wallClockAt } from '@ticket-check/protocol';
import { printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import type { CommandStore } from './command-store.ts';
import { YES } from './confirm-by-name.ts';
import type { OperationTables } from './migrations.ts';
import { cinemasOf } from './people/operator.ts';
import { PERMISSION_NAMES } from './people/role.ts';
import type { OperatorTables } from './people/tables.ts';
import { createApiTokens, parseEnd, parsePermissions } from './tokens/api-tokens.ts';

type AddOptions = { permissions: string; until: string; cinemas?: string; allCinemas?: true };

/** Adds `token add`, `list` and `revoke`: what machines show at the console, or run commands with. Reading S4. */
export function tokenCommands(
  program: Command,
  { store, now }: { store: CommandStore<OperatorTables & OperationTables>; now: () => number },
): void {
  const token = program
    .command('token')
    .description('what machines show that read the console of this service, or run its commands');
  token
    .command('add <name>')
    .description('add a token and print it (shown once)')
    .requiredOption('--permissions <names>', `what it permits, separated by commas: ${PERMISSION_NAMES.join(', ')}`)
    .requiredOption('--until <date>', 'the last day on which it works, YYYY-MM-DD, at most 400 days ahead')
    .option('--cinemas <codes>', 'the cinemas that it shows, separated by commas')
    .option('--all-cinemas', 'it shows every cinema')
    .action(async (name: string, options: AddOptions, command: Command) => {
      const permissions = parsePermissions(options.permissions);
      const endsAt = parseEnd(options.until);
      const cinemaCodes = cinemasOf(options, command);
      const secret = await store.change(
        { name: 'token add', what: { name, permissions, cinemaCodes, endsAt }, needs: 'operators.manage' },
        (opened, actor) => createApiTokens(opened, now).add({ name, permissions, cinemaCodes, endsAt, actor }),
      );
      printResult(JSON.stringify({ Name: name, Token: secret, EndsAt: endsAt }));
      printNotice('The token is not shown again.');
    });

  token
    .command('list')
    .description('print all tokens without their secrets, one JSON object a line')
    .action(() =>
      store.look({ name: 'token list', what: {} }, async (opened, print) => {
        for (const found of await createApiTokens(opened, now).list()) {
          const { name, permissions, cinemaCodes, createdAt, addedBy, isHeld, endsAt, usedAt, revokedAt } = found;
          print({
            Name: name,
            Permissions: permissions,
            CinemaCodes: cinemaCodes === 'all' ? ['*'] : cinemaCodes,
            CreatedAt: createdAt,
            AddedBy: addedBy,
            Held: isHeld,
            EndsAt: endsAt,
            RevokedAt: revokedAt,
            UsedAt: usedAt === null ? null : wallClockAt(usedAt),
          });
        }
      }),
    );

  token
    .command('revoke <name>')
    .description('revoke a token (takes effect immediately)')
    .option(...YES)
    .action((name: string, { yes }: { yes?: true }) => {
      const says = (opened: Store<OperatorTables>) => whatRevokingDoes(opened, now, name);
      return store.change(
        { name: 'token revoke', what: { name }, needs: 'operators.manage', destroys: { name, yes, says } },
        (opened) => createApiTokens(opened, now).revoke(name),
      );
    });
}

/** Describes what `token revoke` will do; null if there is no such token. */
async function whatRevokingDoes(store: Store<OperatorTables>, now: () => number, name: string) {
  const found = (await createApiTokens(store, now).list()).find((token) => token.name === name);
  if (found === undefined) return null;
  const used = found.usedAt === null ? 'It was never used.' : `It was last used at ${wallClockAt(found.usedAt)}.`;
  return `Whatever uses the token ${name} reads nothing and runs no command any more, at once and for good. ${used}`;
}
