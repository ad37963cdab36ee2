import {
  type Account,
  type AccountRole,
  type Accounts,
  type AccountTables,
  type AddingAccounts,
  addAccount,
  algorithmNamed,
  bundleCinemaCodes,
  createAccounts,
  fingerprintOf,
  type Issuer,
  parseAccountKey,
  parseDisplayName,
  readNamedFile,
} from '@ticket-check/exchange';
import { type CommandStore, cinemasOf, YES } from '@ticket-check/operators';
import {
  parseWallClock,
  SCHEME_ALGORITHM,
  SIGNATURE_ALGORITHMS,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { accountKeyCommands } from './account-key-commands.ts';
import { changeAccount } from './change-account.ts';

export type AccountCommandsOptions = {
  store: CommandStore<AccountTables>;
  issuer(): Promise<Issuer>;
  /** Epoch milliseconds. */
  now(): number;
  /** The role of accounts beside those that ask and report: data sources for the intake, or ticket sellers. */
  others: 'data-source' | 'seller';
  /** What the user of an account has not reported yet, as far as it said so: a sentence for `account revoke`. */
  leaves?(store: Store<AccountTables>, username: string): Promise<string>;
};

type AddOptions = {
  cinemas?: string;
  allCinemas?: boolean;
  dataSource?: boolean;
  seller?: boolean;
  expires?: string;
  publicKey?: string;
  algorithm?: string;
  replaces?: string;
  out: string;
};

type ReplacesOptions = { nobody?: true; yes?: true };

/** Adds `account add`, `list`, `revoke`, `rebind`, `replaces`, `keys`, `add-key` and `remove-key`, and answers the group of these commands. Readings E8, X4. */
export function accountCommands(program: Command, options: AccountCommandsOptions): Command {
  const account = program.command('account').description('the accounts of those who call this platform');
  const { store, issuer, now, others } = options;
  const accountsOf = (opened: Store<AccountTables>) => createAccounts(opened, now);
  const changing = (username: string, change: 'revoke' | 'rebind') => (opened: Store<AccountTables>) => {
    const accounts = accountsOf(opened);
    return changeAccount(accounts, username, () => accounts[change](username));
  };

  const add = account
    .command('add <username>')
    .description('issue an account and write its bundle (only copy of the key)')
    .option('--cinemas <codes>', 'cinemas it may act for, separated by commas')
    .option('--all-cinemas', 'it may act for every cinema')
    .option('--expires <time>', 'when it ends, YYYY-MM-DDThh:mm:ss')
    .option('--public-key <file>', "the caller's own public key (upstream new-key), PEM")
    .option('--algorithm <name>', `the signature algorithm of its key pair; ${SCHEME_ALGORITHM.name} by default`)
    .option('--replaces <former>', 'the account it replaces; lists its records too')
    .requiredOption('--out <file>', 'a new file for the bundle; - for standard output');
  if (others === 'seller') add.option('--seller', 'makes e-tickets of the tickets it sells; no other Api');
  else add.option('--data-source', 'feeds the intake; no other Api');
  add.action(async (username: string, options: AddOptions, command: Command) => {
    const cinemaCodes = cinemasOf(options, command);
    const expiresAt = options.expires === undefined ? null : parseExpiry(options.expires);
    const role: AccountRole = options.dataSource === true || options.seller === true ? others : 'platform';
    const publicKey = options.publicKey === undefined ? null : await readNamedFile(options.publicKey);
    const { algorithm, replaces, out } = options;
    const accounts: AddingAccounts = {
      algorithms: SIGNATURE_ALGORITHMS,
      addWithKey: async (added, key) => {
        await store.change(
          {
            name: 'account add',
            what: { username, role, cinemaCodes, expiresAt, algorithm, replaces },
            needs: 'service.manage',
            cinemaCodes: cinemaCodes === 'all' ? undefined : cinemaCodes,
          },
          async (opened) => {
            const known = accountsOf(opened);
            return changeAccount(known, username, async () => {
              await known.addWithKey(added, key);
              if (replaces !== undefined) await known.replace(username, replaces);
            });
          },
          (came) => ({
            ...came,
            fingerprint: fingerprintOf(
              parseAccountKey(key, algorithmNamed(algorithm, SIGNATURE_ALGORITHMS, 'The new account')),
            ),
          }),
        );
      },
    };
    await addAccount(
      { accounts, ...(await issuer()) },
      { username, role, cinemaCodes, expiresAt, algorithm, publicKey, out },
    );
  });

  account
    .command('list')
    .description('print all accounts, one JSON object a line')
    .action(() => store.read((opened) => listAccounts({ accounts: accountsOf(opened) })));

  account
    .command('revoke <username>')
    .description('revoke an account for good (takes effect immediately)')
    .option(...YES)
    .action(async (username: string, { yes }: { yes?: true }) => {
      const says = async (opened: Store<AccountTables>) => {
        const found = await accountsOf(opened).find(username);
        if (found === null) return null;
        // Sellers and data sources report no check records.
        const left = found.role === 'platform' ? await options.leaves?.(opened, username) : undefined;
        return left === undefined ? whatRevokingDoes(found) : `${whatRevokingDoes(found)} ${left}`;
      };
      await store.change(
        {
          name: 'account revoke',
          what: { username },
          needs: 'service.manage',
          destroys: { name: username, yes, says },
        },
        changing(username, 'revoke'),
        (came) => came,
      );
    });

  account
    .command('rebind <username>')
    .description('bind the account to the next store (terminal reinstalled)')
    .option(...YES)
    .action(async (username: string, { yes }: { yes?: true }) => {
      const says = async (opened: Store<AccountTables>) => whatRebindingDoes(await accountsOf(opened).find(username));
      await store.change(
        {
          name: 'account rebind',
          what: { username },
          needs: 'service.manage',
          destroys: { name: username, yes, says },
        },
        changing(username, 'rebind'),
        (came) => came,
      );
    });

  account
    .command('replaces <username> [former]')
    .description('set the account that this one replaces; lists its records too')
    .option('--nobody', 'it replaces none')
    .option(...YES)
    .action(async (username: string, former: string | undefined, options: ReplacesOptions, command: Command) => {
      const { nobody, yes } = options;
      if ((former === undefined) === (nobody === undefined)) {
        command.error('error: give either the former account or --nobody', { exitCode: 2 });
      }
      const says = async (opened: Store<AccountTables>) =>
        whatReplacingDoes(await accountsOf(opened).find(username), former ?? null);
      await store.change(
        {
          name: 'account replaces',
          what: { username, former: former ?? null },
          needs: 'service.manage',
          destroys: { name: username, yes, says },
        },
        (opened) => {
          const accounts = accountsOf(opened);
          return changeAccount(accounts, username, () => accounts.replace(username, former ?? null));
        },
        (came) => came,
      );
    });

  account
    .command('name <username> <name>')
    .description('set the display name of a terminal; empty removes it')
    .action(async (username: string, name: string) => {
      const displayName = parseDisplayName(name);
      await store.change(
        { name: 'account name', what: { username, displayName }, needs: 'service.manage' },
        (opened) => {
          const accounts = accountsOf(opened);
          return changeAccount(accounts, username, () => accounts.setDisplayName(username, displayName));
        },
        (came) => came,
      );
    });

  accountKeyCommands(account, { store, accountsOf });
  return account;
}

/** Describes what `account revoke` will do. */
function whatRevokingDoes({ username, cinemaCodes }: Account): string {
  const cinemas = cinemaCodes === 'all' ? 'every cinema' : `its cinemas (${cinemaCodes.size})`;
  return `Every request of the account ${username} is refused at once and for good, for ${cinemas}.`;
}

/** Describes what `account rebind` will do; null if the account is not bound or does not exist. */
function whatRebindingDoes(account: Account | null): string | null {
  if (account === null || account.boundTo === null) return null;
  return `The account ${account.username} is bound to the next store that uses it. The one that has used it until now, last at ${wallClockAt(account.boundTo.seenAt)}, is refused from then on.`;
}

/** Describes what `account replaces` will do; null if it changes nothing, or there is no such account. */
function whatReplacingDoes(account: Account | null, former: string | null): string | null {
  if (account === null || account.replaces === former) return null;
  const { username, replaces } = account;
  const ends =
    replaces === null ? [] : [`The records that came through ${replaces} are no longer listed to ${username}.`];
  const begins =
    former === null
      ? []
      : [
          `The records that came through ${former} are listed to ${username} too; ${former} goes on working until it is revoked.`,
        ];
  return [...ends, ...begins].join(' ');
}

/** Prints every account, one JSON object a line, without its key. */
export async function listAccounts({ accounts }: { accounts: Pick<Accounts, 'list'> }): Promise<void> {
  for (const account of await accounts.list()) {
    printResult(
      JSON.stringify({
        Username: account.username,
        Role: account.role,
        CinemaCodes: bundleCinemaCodes(account.cinemaCodes === 'all' ? 'all' : [...account.cinemaCodes]),
        CreatedAt: account.createdAt,
        ExpiresAt: account.expiresAt,
        RevokedAt: account.revokedAt,
        Replaces: account.replaces,
        DisplayName: account.displayName,
      }),
    );
  }
}

function parseExpiry(text: string): WallClock {
  try {
    return parseWallClock(text);
  } catch {
    throw new ExpectedError(`The time ${JSON.stringify(text)} is not in the form YYYY-MM-DDThh:mm:ss.`);
  }
}
