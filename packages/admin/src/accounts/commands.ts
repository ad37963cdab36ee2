import {
  type Account,
  type AccountRole,
  type Accounts,
  type AccountTables,
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
import { parseWallClock, SCHEME_ALGORITHM, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';

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
  /** Changes an account; what that destroys is confirmed first. */
  const change = (
    name: string,
    username: string,
    run: (accounts: Accounts) => Promise<unknown>,
    more: {
      what?: object;
      yes?: true | undefined;
      says?: (account: Account | null, opened: Store<AccountTables>) => string | null | Promise<string | null>;
      outcome?: () => object;
      cinemaCodes?: readonly string[] | undefined;
    } = {},
  ) => {
    const { what = {}, yes, says, outcome = () => ({}), cinemaCodes } = more;
    return store.change(
      {
        name: `account ${name}`,
        what: { username, ...what },
        needs: 'service.manage',
        cinemaCodes,
        ...(says && {
          destroys: {
            name: username,
            yes,
            says: async (opened: Store<AccountTables>) => says(await accountsOf(opened).find(username), opened),
          },
        }),
      },
      (opened) => {
        const accounts = accountsOf(opened);
        return changeAccount(accounts, username, () => run(accounts));
      },
      (came) => ({ ...came, ...outcome() }),
    );
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
    const accounts: Pick<Accounts, 'addWithKey'> = {
      addWithKey: async (added, key) => {
        await change(
          'add',
          username,
          async (accounts) => {
            await accounts.addWithKey(added, key);
            if (replaces !== undefined) await accounts.replace(username, replaces);
          },
          {
            what: { role, cinemaCodes, expiresAt, algorithm, replaces },
            outcome: () => ({ fingerprint: fingerprintIn(key, algorithm, 'The new account') }),
            cinemaCodes: cinemaCodes === 'all' ? undefined : cinemaCodes,
          },
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
    .action(() => store.read((opened) => listAccounts(accountsOf(opened))));

  account
    .command('revoke <username>')
    .description('revoke an account for good (takes effect immediately)')
    .option(...YES)
    .action(async (username: string, { yes }: { yes?: true }) => {
      await change('revoke', username, (accounts) => accounts.revoke(username), {
        yes,
        async says(found, opened) {
          if (found === null) return null;
          // Sellers and data sources report no check records.
          const left = found.role === 'platform' ? await options.leaves?.(opened, username) : undefined;
          return left === undefined ? whatRevokingDoes(found) : `${whatRevokingDoes(found)} ${left}`;
        },
      });
    });

  account
    .command('rebind <username>')
    .description('bind the account to the next store (terminal reinstalled)')
    .option(...YES)
    .action(async (username: string, { yes }: { yes?: true }) => {
      await change('rebind', username, (accounts) => accounts.rebind(username), { yes, says: whatRebindingDoes });
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
      await change('replaces', username, (accounts) => accounts.replace(username, former ?? null), {
        what: { former: former ?? null },
        yes,
        says: (found) => whatReplacingDoes(found, former ?? null),
      });
    });

  account
    .command('name <username> <name>')
    .description('set the display name of a terminal; empty removes it')
    .action(async (username: string, name: string) => {
      const displayName = parseDisplayName(name);
      await change('name', username, (accounts) => accounts.setDisplayName(username, displayName), {
        what: { displayName },
      });
    });

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
      await change('add-key', username, (accounts) => accounts.addKey(username, publicKey, algorithm), {
        what: { algorithm },
        outcome: () => ({ fingerprint: fingerprintIn(publicKey, algorithm, 'The key') }),
      });
    });

  account
    .command('remove-key <username> <fingerprint>')
    .description('remove a key (takes effect immediately)')
    .option(...YES)
    .action(async (username: string, fingerprint: string, { yes }: { yes?: true }) => {
      await change('remove-key', username, (accounts) => accounts.removeKey(username, fingerprint), {
        what: { fingerprint },
        yes,
        says: (found) => whatRemovingDoes(found, fingerprint),
      });
    });
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
async function listAccounts(accounts: Pick<Accounts, 'list'>): Promise<void> {
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

/** Describes what `account remove-key` will do; null if there is no such key, or it is the only one. */
function whatRemovingDoes(account: Account | null, fingerprint: string): string | null {
  const keys = account?.keys ?? [];
  const named = keys.filter(({ spki }) => fingerprintOf(spki) === fingerprint.toLowerCase());
  const stays = keys.find((key) => !named.includes(key));
  if (account === null || named.length === 0 || stays === undefined) return null;
  return `Every request of the account ${account.username} that this key signs is refused at once. The other of its ${keys.length} keys stays (${fingerprintOf(stays.spki)}): make sure that it signs with that one already.`;
}

/** The fingerprint of a public key, PEM. */
function fingerprintIn(publicKey: string, algorithm: string | undefined, what: string): string {
  return fingerprintOf(parseAccountKey(publicKey, algorithmNamed(algorithm, what)));
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

/** Changes an account, and answers how it stood before and stands after, as it is written down. */
export async function changeAccount(
  accounts: Pick<Accounts, 'find'>,
  username: string,
  change: () => Promise<unknown>,
): Promise<{ before: object | null; after: object | null }> {
  const standing = async () => {
    const account = await accounts.find(username);
    if (account === null) return null;
    const { displayName, revokedAt, replaces, boundTo, keys } = account;
    return {
      displayName,
      revokedAt,
      replaces,
      boundTo: boundTo?.storeId ?? null,
      keys: keys.map(({ spki }) => fingerprintOf(spki)),
    };
  };
  const before = await standing();
  await change();
  return { before, after: await standing() };
}
