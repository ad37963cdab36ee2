import { type AccountTables, readNamedFile } from '@ticket-check/exchange';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import { withTables } from '@ticket-check/storage';
import { type Command, Option } from 'commander';
import { listCommand, operationCommand } from '../declared/commands.ts';
import { type AccountParts, declaredAccounts } from './declared-accounts.ts';

/** Adds `account add`, `list`, `revoke`, `rebind`, `replaces`, `name`, `messages`, `keys`, `explain`, `add-key` and `remove-key`, and answers the group of these commands. Readings E8, X4. */
export function accountCommands<DB extends AccountTables & OperationTables>(
  program: Command,
  { store, ...accountParts }: AccountParts & { readonly store: CommandStore<DB> },
): Command {
  const account = program.command('account').description('the accounts of those who call this platform');
  const { accounts, keys, explained, ...declared } = declaredAccounts(accountParts);
  const { now, others } = accountParts;
  const parts = { store, now };
  const listParts = { store, source: withTables<DB, AccountTables>, isQuiet: true };
  const publicKey = new Option('--public-key <file>', "the caller's own public key (upstream new-key), PEM");
  const keyIn = async (file: unknown) => (file === undefined ? {} : { PublicKey: await readNamedFile(String(file)) });

  operationCommand(account, declared.add, {
    ...parts,
    together: {
      options: [
        publicKey,
        others === 'seller'
          ? new Option('--seller', 'makes e-tickets of the tickets it sells; no other Api')
          : new Option('--data-source', 'feeds the intake; no other Api'),
      ],
      read: async ({ publicKey: file, seller, dataSource }) => ({
        Role: seller === true || dataSource === true ? others : ('platform' as const),
        ...(await keyIn(file)),
      }),
    },
    file: { says: 'a new file for the bundle; - for standard output', text: ({ Bundle }) => Bundle },
  });
  listCommand(account, accounts, {
    ...listParts,
    command: 'list',
    description: 'print all accounts, one JSON object a line',
  });
  operationCommand(account, declared.revoke, parts);
  operationCommand(account, declared.rebind, parts);
  operationCommand(account, declared.replaces, {
    ...parts,
    together: {
      options: [new Option('--nobody', 'it replaces none')],
      read({ former, nobody }, command) {
        if ((former === undefined) === (nobody === undefined)) {
          command.error('error: give either the former account or --nobody', { exitCode: 2 });
        }
        return nobody === true ? { Former: null } : {};
      },
    },
  });
  operationCommand(account, declared.name, parts);
  operationCommand(account, declared.messages, parts);
  listCommand(account, keys, {
    ...listParts,
    command: 'keys <username>',
    description: 'print the keys of an account, latest first, as JSON lines',
  });
  listCommand(account, explained, {
    ...listParts,
    command: 'explain <username>',
    description: 'explain the last request refused for form, clock or signature',
  });
  operationCommand(account, declared.addKey, {
    ...parts,
    together: {
      options: [new Option(publicKey.flags, publicKey.description).makeOptionMandatory()],
      read: ({ publicKey: file }) => keyIn(file),
    },
  });
  operationCommand(account, declared.removeKey, parts);
  return account;
}
