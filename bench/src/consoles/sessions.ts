import { createHash, randomBytes } from 'node:crypto';
import type { OperatorTables } from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';

const SESSIONS = 40;

/** Operators who are logged in, each at one machine. Answers the tokens of the sessions. */
export async function addSessions({ db }: Store<OperatorTables>): Promise<string[]> {
  const now = Date.now();
  const sessions = Array.from({ length: SESSIONS }, (_, n) => ({
    username: `bench-${n}`,
    token: randomBytes(32).toString('base64url'),
  }));
  for (const { username, token } of sessions) {
    await sql`
      insert into operator (username, role, cinema_codes, password_hash, created_at)
      values (${username}, 'administrator', 'all', '-', '2026-01-01T00:00:00')
    `.execute(db);
    const tokenHash = createHash('sha256').update(token).digest('hex');
    await db
      .insertInto('operatorSession')
      .values({ tokenHash, username, address: '127.0.0.1', beganAt: now, seenAt: now })
      .execute();
  }
  return sessions.map(({ token }) => token);
}
