import { createHash, randomBytes } from 'node:crypto';
import type { OperatorTables } from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';

const SESSIONS = 40;

/** Somebody who is logged in at several machines. Answers the tokens of the sessions. */
export async function addSessions({ db }: Store<OperatorTables>): Promise<string[]> {
  const now = Date.now();
  const tokens = Array.from({ length: SESSIONS }, () => randomBytes(32).toString('base64url'));
  await sql`
    insert into operator (username, role, cinema_codes, password_hash, created_at)
    values ('bench', 'administrator', 'all', '-', '2026-01-01T00:00:00')
  `.execute(db);
  await db
    .insertInto('operatorSession')
    .values(
      tokens.map((token) => ({
        tokenHash: createHash('sha256').update(token).digest('hex'),
        username: 'bench',
        address: '127.0.0.1',
        beganAt: now,
        seenAt: now,
      })),
    )
    .execute();
  return tokens;
}
