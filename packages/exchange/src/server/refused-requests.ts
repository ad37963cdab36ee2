import type { ErrorCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { isUsername } from '../accounts/account.ts';
import type { AccountTables, RefusedRequestRow } from '../accounts/migrations.ts';

/** How long a refused request can be explained. */
const KEPT_MS = 60 * 60_000;
const WRITTEN_EVERY_MS = 1000;
/** Names between two writes: anybody can bring any number of them. */
const MAX_PENDING = 8;

export type RefusedRequests = ReturnType<typeof createRefusedRequests>;

/** Keeps the last request of each account that was refused for its form, clock or signature, with a write a second at most. */
export function createRefusedRequests(
  { store, now }: { store: Store<AccountTables>; now: () => number },
  everyMs = WRITTEN_EVERY_MS,
) {
  const pending = new Map<string, Omit<RefusedRequestRow, 'username'>>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const refused = new Map(pending);
    pending.clear();
    await store.transaction(async (trx) => {
      const known = trx.selectFrom('account').select('username').orderBy('username');
      // In the order of their key, so that processes do not wait for each other.
      for (const { username } of await known.where('username', 'in', [...refused.keys()]).execute()) {
        const row = refused.get(username);
        if (row === undefined) continue;
        await trx
          .insertInto('refusedRequest')
          .values({ username, ...row })
          .onConflict((conflict) => conflict.column('username').doUpdateSet(row))
          .execute();
      }
    });
  }

  return {
    note(username: string | undefined, code: ErrorCode, body: Buffer | undefined): void {
      const name = username ?? (body === undefined ? undefined : usernameIn(body));
      if (name === undefined || !isUsername(name)) return;
      if (pending.size >= MAX_PENDING && !pending.has(name)) pending.delete(pending.keys().next().value ?? '');
      pending.set(name, { at: now(), code, body: body?.toString('base64') ?? null });
      timer ??= setTimeout(() => {
        timer = undefined;
        // A store that fails has been reported, and an explanation is nothing that must not be lost.
        writing = write().catch(() => {});
      }, everyMs).unref();
    },
    /** Resolves when nothing is being written any more. What is pending is not kept. */
    async close(): Promise<void> {
      clearTimeout(timer);
      await writing;
    },
  };
}

/** The Username of a body that is no envelope, in whatever encoding it is. */
function usernameIn(body: Buffer): string | undefined {
  return /"Username"\s*:\s*"([\w.-]{1,64})"/i.exec(body.toString('latin1').replaceAll('\0', ''))?.[1];
}

export async function forgetRefused({ db }: Store<AccountTables>, now: number): Promise<void> {
  await db
    .deleteFrom('refusedRequest')
    .where('at', '<', now - KEPT_MS)
    .execute();
}

/** The last refused request of an account; null if there is none within the last hour. */
export async function lastRefused(store: Store<AccountTables>, username: string, now: number) {
  const row = await store.db
    .selectFrom('refusedRequest')
    .select(['at', 'code', 'body'])
    .where('username', '=', username)
    .where('at', '>=', now - KEPT_MS)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { at: Number(row.at), code: row.code, body: row.body === null ? null : Buffer.from(row.body, 'base64') };
}
