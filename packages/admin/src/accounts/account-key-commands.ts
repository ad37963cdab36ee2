import {
  type Accounts,
  type AccountTables,
  algorithmNamed,
  fingerprintOf,
  parseAccountKey,
  readNamedFile,
} from '@ticket-check/exchange';
import { type CommandStore, YES } from '@ticket-check/operators';
import { SCHEME_ALGORITHM, SIGNATURE_ALGORITHMS } from '@ticket-check/protocol';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { changeAccount } from './change-account.ts';

export type AccountKeyCommandsOptions = {
  store: CommandStore<AccountTables>;
  accountsOf(store: Store<AccountTables>): Accounts;
};

/** Adds `keys`, `add-key` and `remove-key` to the account commands: a caller exchanges its key without a pause. */
export function accountKeyCommands(account: Command, { store, accountsOf }: AccountKeyCommandsOptions): void {
  account
    .command('keys <username>')
    .description('print the keys of an account, latest first, as JSON lines')
    .action((username: string) => store.read((opened) => listAccountKeys(accountsOf(opened), username)));

  account
    .command('add-key <username>')
    .description('add a second key that may sign for the account')
    .requiredOption('--public-key <file>', "the caller's own public key (upstream new-key), PEM")
    .option('--algorithm <name>', `the signature algorithm of the key pair; ${SCHEME_ALGORITHM.name} by default`)
    .action(async (username: string, options: { publicKey: string; algorithm?: string }) => {
      const publicKey = await readNamedFile(options.publicKey);
      const { algorithm } = options;
      await store.change(
        { name: 'account add-key', what: { username, algorithm }, needs: 'service.manage' },
        (opened) => {
          const accounts = accountsOf(opened);
          return changeAccount(accounts, username, () => accounts.addKey(username, publicKey, algorithm));
        },
        (came) => ({
          ...came,
          fingerprint: fingerprintOf(
            parseAccountKey(publicKey, algorithmNamed(algorithm, SIGNATURE_ALGORITHMS, 'The key')),
          ),
        }),
      );
    });

  account
    .command('remove-key <username> <fingerprint>')
    .description('remove a key (takes effect immediately)')
    .option(...YES)
    .action(async (username: string, fingerprint: string, { yes }: { yes?: true }) => {
      const says = (opened: Store<AccountTables>) => whatRemovingDoes(accountsOf(opened), username, fingerprint);
      await store.change(
        {
          name: 'account remove-key',
          what: { username, fingerprint },
          needs: 'service.manage',
          destroys: { name: username, yes, says },
        },
        (opened) => {
          const accounts = accountsOf(opened);
          return changeAccount(accounts, username, () => accounts.removeKey(username, fingerprint));
        },
        (came) => came,
      );
    });
}

/** Describes what `account remove-key` will do; null if there is no such key, or it is the only one. */
async function whatRemovingDoes(accounts: Pick<Accounts, 'find'>, username: string, fingerprint: string) {
  const keys = (await accounts.find(username))?.keys ?? [];
  const named = keys.filter(({ spki }) => fingerprintOf(spki) === fingerprint.toLowerCase());
  const stays = keys.find((key) => !named.includes(key));
  if (named.length === 0 || stays === undefined) return null;
  return `Every request of the account ${username} that this key signs is refused at once. The other of its ${keys.length} keys stays (${fingerprintOf(stays.spki)}): make sure that it signs with that one already.`;
}

/** @throws ExpectedError if there is no such account. */
async function listAccountKeys(accounts: Pick<Accounts, 'find'>, username: string): Promise<void> {
  const account = await accounts.find(username);
  if (account === null) throw new ExpectedError(`There is no account named ${username}.`);
  for (const { spki, publicKey, algorithm, addedAt } of account.keys) {
    printResult(
      JSON.stringify({
        Fingerprint: fingerprintOf(spki),
        Algorithm: algorithm.name,
        Bits: algorithm.keyBits(publicKey),
        AddedAt: addedAt,
      }),
    );
  }
}
