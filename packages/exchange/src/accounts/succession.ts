import { ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { AccountTables } from './migrations.ts';

export type Succession = ReturnType<typeof createSuccession>;

/** Accounts that replace others. Reading X7. */
export function createSuccession({ db }: Pick<Store<AccountTables>, 'db'>) {
  const loadRow = (username: string) =>
    db.selectFrom('account').select(['role', 'replaces']).where('username', '=', username).executeTakeFirst();

  async function assertReports(username: string): Promise<void> {
    const row = await loadRow(username);
    if (row === undefined) throw new ExpectedError(`There is no account named ${username}.`);
    if (row.role !== 'platform') throw new ExpectedError(`Nothing is reported through the account ${username}.`);
  }

  /** The usernames of what came through an account: its own, that of the account that it replaces, and so on. */
  async function usernamesOf(username: string): Promise<[string, ...string[]]> {
    const names: [string, ...string[]] = [username];
    for (let next = (await loadRow(username))?.replaces ?? null; next !== null; ) {
      // Two that are said to replace each other at once.
      if (names.includes(next)) return names;
      names.push(next);
      next = (await loadRow(next))?.replaces ?? null;
    }
    return names;
  }

  return {
    usernamesOf,

    /** Loads a function that returns the current successor of an account: the end of its chain of replacements, or itself. */
    async loadSuccessors(): Promise<(username: string) => string> {
      const rows = await db
        .selectFrom('account')
        .select(['username', 'replaces'])
        .where('replaces', 'is not', null)
        .execute();
      const successors = new Map(rows.map(({ username, replaces }) => [replaces, username]));
      return (username: string) => {
        const met = new Set<string>();
        let last = username;
        for (let next = successors.get(last); next !== undefined && !met.has(next); next = successors.get(last)) {
          met.add(next);
          last = next;
        }
        return last;
      };
    },

    /**
     * Sets the account that an account replaces, or none. Its holder may list the records of the replaced one, so only the
     * platform's administrator may set it, never a caller.
     *
     * @throws ExpectedError if there is no such account, if one of them neither asks nor reports, or if another account replaces
     * the former one, directly or through others.
     */
    async replace(username: string, former: string | null): Promise<void> {
      await assertReports(username);
      if (former !== null) {
        await assertReports(former);
        if ((await usernamesOf(former)).includes(username)) {
          throw new ExpectedError(
            `The account ${username} cannot replace ${former}: ${former} is itself or replaces it.`,
          );
        }
        const other = await db
          .selectFrom('account')
          .select('username')
          .where('replaces', '=', former)
          .where('username', '<>', username)
          .executeTakeFirst();
        if (other !== undefined) {
          throw new ExpectedError(`The account ${former} is replaced by ${other.username} already.`);
        }
      }
      await db.updateTable('account').set({ replaces: former }).where('username', '=', username).execute();
    },
  };
}
