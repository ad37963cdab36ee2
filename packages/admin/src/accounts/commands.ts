import { type AccountTables, readNamedFile } from '@ticket-check/exchange';
import { type CommandStore, cinemasOf, type OperationTables } from '@ticket-check/operators';
import { SCHEME_ALGORITHM } from '@ticket-check/protocol';
import { type Store, withTables } from '@ticket-check/storage';
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
  const tables = (opened: Store<DB>): Store<AccountTables> => withTables(opened);
  const parts = { store, now, tables };
  const listParts = { store, source: tables, isQuiet: true };
  const Username = ['<username>', ''] as const;
  const destroys = ({ Username: name }: { Username: string }) => name;
  const Algorithm = [
    '--algorithm <name>',
    `the signature algorithm of the key pair; ${SCHEME_ALGORITHM.name} by default`,
  ] as const;
  const publicKey = new Option('--public-key <file>', "the caller's own public key (upstream new-key), PEM");
  const keyIn = async (file: unknown) => (file === undefined ? {} : { PublicKey: await readNamedFile(String(file)) });

  operationCommand(account, declared.add, {
    ...parts,
    description: 'issue an account and write its bundle (only copy of the key)',
    options: {
      Username,
      ExpiresAt: ['--expires <time>', 'when it ends, YYYY-MM-DDThh:mm:ss'],
      Algorithm,
      Replaces: ['--replaces <former>', 'the account it replaces; lists its records too'],
      Messages: ['--messages <language>', 'of its error messages: en (the default) or zh'],
    },
    together: {
      options: [
        new Option('--cinemas <codes>', 'cinemas it may act for, separated by commas'),
        new Option('--all-cinemas', 'it may act for every cinema'),
        publicKey,
        others === 'seller'
          ? new Option('--seller', 'makes e-tickets of the tickets it sells; no other Api')
          : new Option('--data-source', 'feeds the intake; no other Api'),
      ],
      read: async ({ publicKey: file, seller, dataSource, ...cinemas }, command) => ({
        CinemaCodes: cinemasOf(cinemas, command),
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
  operationCommand(account, declared.revoke, {
    ...parts,
    description: 'revoke an account for good (takes effect immediately)',
    options: { Username },
    destroys,
  });
  operationCommand(account, declared.rebind, {
    ...parts,
    description: 'bind the account to the next store (terminal reinstalled)',
    options: { Username },
    destroys,
  });
  operationCommand(account, declared.replaces, {
    ...parts,
    description: 'set the account that this one replaces; lists its records too',
    options: { Username, Former: ['[former]', ''] },
    together: {
      options: [new Option('--nobody', 'it replaces none')],
      read({ former, nobody }, command) {
        if ((former === undefined) === (nobody === undefined)) {
          command.error('error: give either the former account or --nobody', { exitCode: 2 });
        }
        return nobody === true ? { Former: null } : {};
      },
    },
    destroys,
  });
  operationCommand(account, declared.name, {
    ...parts,
    description: 'set the display name of a terminal; empty removes it',
    options: { Username, DisplayName: ['<name>', ''] },
  });
  operationCommand(account, declared.messages, {
    ...parts,
    description: 'set the language of its error messages: en or zh',
    options: { Username, Messages: ['<language>', ''] },
  });
  listCommand(account, keys, {
    ...listParts,
    command: 'keys <username>',
    description: 'print the keys of an account, latest first, as JSON lines',
  });
  listCommand(account, explained, {
    ...listParts,
    command: 'explain <username>',
    description: 'explain the last request refused for its form or signature',
  });
  operationCommand(account, declared.addKey, {
    ...parts,
    description: 'add a second key that may sign for the account',
    options: { Username, Algorithm },
    together: {
      options: [new Option(publicKey.flags, publicKey.description).makeOptionMandatory()],
      read: ({ publicKey: file }) => keyIn(file),
    },
  });
  operationCommand(account, declared.removeKey, {
    ...parts,
    description: 'remove a key (takes effect immediately)',
    options: { Username, Fingerprint: ['<fingerprint>', ''] },
    destroys,
  });
  return account;
}
