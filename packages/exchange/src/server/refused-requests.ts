import type { ErrorCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { isUsername } from '../accounts/account.ts';
import type { AccountTables } from '../accounts/migrations.ts';

/** How long a refused request can be explained. */
const KEPT_MS = 60 * 60_000;
const WRITTEN_EVERY_MS = 1000;
/** Names between two writes: anybody can bring any number of them. */
const MAX_PENDING = 8;

type Refused = { readonly at: number; readonly code: ErrorCode; readonly body: Buffer | null };

export type RefusedRequests = ReturnType<typeof createRefusedRequests>;

/** Keeps the last request of each account that was refused for its form or signature, with a write a second at most. */
export function createRefusedRequests(
  { store, now }: { store: Store<AccountTables>; now: () => number },
  everyMs = WRITTEN_EVERY_MS,
) {
  const pending = new Map<string, Refused>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const refused = new Map(pending);
    pending.clear();
    await store.transaction(async (trx) => {
      const known = trx
        .selectFrom('account')
        .select('username')
        .where('username', 'in', [...refused.keys()]);
      // In the order of their key, so that processes do not wait for each other.
      for (const { username } of await known.orderBy('username').execute()) {
        const { at, code, body } = refused.get(username) ?? { at: 0, code: 'SIGNATURE_INVALID', body: null };
        const row = { at, code, body: body?.toString('base64') ?? null };
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
      // Copied, because the bytes may be a part of a larger buffer.
      pending.set(name, { at: now(), code, body: body === undefined ? null : Buffer.from(body) });
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
