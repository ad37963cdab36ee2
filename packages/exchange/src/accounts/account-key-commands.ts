import { SCHEME_ALGORITHM } from '@ticket-check/protocol';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { readNamedFile } from '../bundle.ts';
import { fingerprintOf } from './account-key.ts';
import type { Accounts } from './accounts.ts';

type WithAccounts = (run: (desk: { accounts: Accounts }) => Promise<void>) => Promise<void>;

/** Adds `keys`, `add-key` and `remove-key` to the account commands: a caller exchanges its key without a pause. */
export function accountKeyCommands(account: Command, withAccounts: WithAccounts): void {
  account
    .command('keys <username>')
    .description('print the keys of an account, the latest first, one JSON object a line')
    .action((username: string) => withAccounts(({ accounts }) => listAccountKeys(accounts, username)));

  account
    .command('add-key <username>')
    .description('let a second key sign for the account, beside the one that it has')
    .requiredOption('--public-key <file>', 'the public half of a key pair that the caller made (upstream new-key), PEM')
    .option('--algorithm <name>', `the signature algorithm of the key pair; ${SCHEME_ALGORITHM.name} by default`)
    .action(async (username: string, options: { publicKey: string; algorithm?: string }) => {
      const publicKey = await readNamedFile(options.publicKey);
      await withAccounts(({ accounts }) => accounts.addKey(username, publicKey, options.algorithm));
    });

  account
    .command('remove-key <username> <fingerprint>')
    .description('refuse what this key signs from now on, also on the running service')
    .action((username: string, fingerprint: string) =>
      withAccounts(({ accounts }) => accounts.removeKey(username, fingerprint)),
    );
}

/** @throws ExpectedError where there is no such account. */
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
