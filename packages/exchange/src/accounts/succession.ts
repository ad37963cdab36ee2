import type { Store } from '@ticket-check/storage';
import { AccountFault, noAccount } from './account.ts';
import type { AccountTables } from './migrations.ts';

export function createSuccession({ db }: Pick<Store<AccountTables>, 'db'>) {
  async function assertReports(username: string): Promise<void> {
    const row = await db.selectFrom('account').select('role').where('username', '=', username).executeTakeFirst();
    if (row === undefined) throw noAccount(username);
    if (row.role !== 'platform') throw cannotReplace(`Nothing is reported through the account ${username}.`);
  }

  async function loadReplaced(): Promise<Map<string, string>> {
    const replacing = db.selectFrom('account').select(['username', 'replaces']).where('replaces', 'is not', null);
    return new Map((await replacing.execute()).map(({ username, replaces }) => [username, replaces ?? '']));
  }

  return {
    /** The usernames of what came through an account: its own, that of the account that it replaces, and so on. */
    usernamesOf: async (username: string) => chainFrom(username, await loadReplaced()),

    /** Loads a function that returns the current successor of an account: the end of its chain of replacements, or itself. */
    async loadSuccessors(): Promise<(username: string) => string> {
      const successors = new Map([...(await loadReplaced())].map(([username, replaced]) => [replaced, username]));
      return (username) => chainFrom(username, successors).at(-1) ?? username;
    },

    /**
     * Sets the account that an account replaces, or none: its holder may list the records of that one. @throws AccountFault if there is no
     * such account, one of them does not report, or another account replaces the former one, directly or through others.
     */
    async replace(username: string, former: string | null): Promise<void> {
      await assertReports(username);
      if (former !== null) {
        await assertReports(former);
        const replaced = await loadReplaced();
        if (chainFrom(former, replaced).includes(username)) {
          throw cannotReplace(`The account ${username} cannot replace ${former}: ${former} is itself or replaces it.`);
        }
        const [other] = [...replaced].find(([by, of]) => of === former && by !== username) ?? [];
        if (other !== undefined) throw cannotReplace(`The account ${former} is replaced by ${other} already.`);
      }
      await db.updateTable('account').set({ replaces: former }).where('username', '=', username).execute();
    },
  };
}

const cannotReplace = (message: string) => new AccountFault('cannot-replace', message);

/** A username, and those that lead from it to the end. Two that are said to replace each other at once end it too. */
function chainFrom(username: string, steps: ReadonlyMap<string, string>): [string, ...string[]] {
  const names: [string, ...string[]] = [username];
  for (let next = steps.get(username); next !== undefined && !names.includes(next); next = steps.get(next))
    names.push(next);
  return names;
}
