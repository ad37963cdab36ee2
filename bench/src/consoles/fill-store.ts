import { createHash, randomBytes } from 'node:crypto';
import { type BusinessDate, businessDay, parseCinemaCode, type TerminalState } from '@ticket-check/protocol';
import { sql } from 'kysely';
import type { ThirdPartyStore } from '../../../apps/third-party-platform/src/database.ts';
import { dateBefore, type LargeStore } from './shape.ts';

const TERMINALS_A_CINEMA = 3;
const SESSIONS = 40;

/** Of a day: its doubles and late refunds as findings, older ones noted; refused records; entries that were undone. */
export async function fillBesides({ db }: ThirdPartyStore, date: BusinessDate): Promise<void> {
  const { from, until } = businessDay(date);
  const ofTheDay = sql`c.check_time >= ${from} and c.check_time < ${until} and c.quarantine is null`;
  const notedAt = date < dateBefore(3) ? until : null;
  await sql`
    insert into finding (start_time, cinema_code, film_ticket_code, kind, found_at, noted_at)
    select distinct c.start_time, c.cinema_code, c.film_ticket_code,
      case when c.record_id like '%999' then 'DOUBLE' else 'LATE_REFUND' end, c.received_at, cast(${notedAt} as text)
    from check_record c where ${ofTheDay} and (c.record_id like '%999' or c.record_id like '%504')
  `.execute(db);
  await sql`
    insert into outbox (
      record_id, identity, cinema_code, check_time, start_time, incomplete, revision, attempts, parked_at, next_attempt_at,
      error_code, error_message
    )
    select c.record_id, c.identity, c.cinema_code, c.check_time, c.start_time, 0, 1, 3, c.received_at, '2999-01-01T00:00:00',
      'BAD_RECORD', 'refused'
    from check_record c where ${ofTheDay} and c.record_id like '%3001'
  `.execute(db);
  await sql`
    insert into reversal (
      reverses, identity, cinema_code, account, record_id, film_ticket_code, start_time, check_time, reversed_at, received_at,
      delivered_at
    )
    select c.record_id, c.identity, c.cinema_code, c.account, replace(c.record_id, '-8000-', '-9000-'), c.film_ticket_code,
      c.start_time, c.check_time, c.check_time, c.received_at, c.received_at
    from check_record c where ${ofTheDay} and c.record_id like '%7002'
  `.execute(db);
}

/** Terminals, each with an account like that of `terminal`, and what they told just now. */
export async function addTerminals({ db }: ThirdPartyStore, { cinemas, firstCinema }: LargeStore): Promise<void> {
  const now = Date.now();
  const own = await db.selectFrom('account').selectAll().where('username', '=', 'terminal').executeTakeFirstOrThrow();
  const device = (name: string) => ({ name, driver: 'rs232', enabled: true, error: null, outOfOrderSeconds: null });
  for (let cinema = 0; cinema < cinemas; cinema += 1) {
    const names = Array.from({ length: TERMINALS_A_CINEMA }, (_, index) => `terminal-${cinema}-${index}`);
    const cinemaCodes = JSON.stringify([parseCinemaCode(String(firstCinema + cinema))]);
    await db
      .insertInto('account')
      .values(names.map((username) => ({ ...own, username, cinemaCodes })))
      .execute();
    await db
      .insertInto('terminalState')
      .values(
        names.map((account, index) => ({
          account,
          storeId: '',
          heardAt: now - index * 1000,
          state: JSON.stringify({
            version: '0.1.0',
            uptimeSeconds: 3600,
            gates: [device('gate-1'), device('gate-2')],
            scanners: [device('scanner-1'), device('scanner-2')],
            unadmitted: [],
            waiting: index,
            parked: 0,
            oldestUnsentSeconds: index === 0 ? null : 3,
            keysAgeSeconds: 60,
            clockOffsetMs: 12,
            clockTrusted: true,
            storesSetAside: 0,
            line: 'up',
            ending: false,
          } satisfies TerminalState),
          waitingSince: null,
          ending: 0,
        })),
      )
      .execute();
  }
}

/** Operators who are logged in, each at one machine; returns the tokens of the sessions. */
export async function addSessions({ db }: ThirdPartyStore): Promise<string[]> {
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
