import { createHash, randomBytes } from 'node:crypto';
import { type BusinessDate, businessDay, parseCinemaCode, type TerminalState } from '@ticket-check/protocol';
import type { ThirdPartyStore } from '@ticket-check/third-party-platform/database';
import { type RawBuilder, sql } from 'kysely';
import { dateBefore, type LargeStore } from './shape.ts';

const TERMINALS_A_CINEMA = 3;
const SESSIONS = 40;
const OPERATIONS = 100_000;
const OPERATIONS_A_STATEMENT = 2000;

/**
 * Fills a day's records from 08:00 to 24:00, in turns of its cinemas, 10 screens, 3 accounts and 2 gates of each, a session every
 * three hours. Every hundredth has no TicketType, every thousandth is a double, every five thousandth is quarantined. Every tenth
 * does not say whether it was offline; every twentieth was. All are delivered.
 *
 * @param from the number of the first one: no other day may have the same
 */
export async function fillDay(
  { db }: ThirdPartyStore,
  { date, count, from, cinemas, firstCinema }: { date: BusinessDate; count: number; from: number } & Cinemas,
): Promise<void> {
  const padded = (width: number, value: RawBuilder<unknown>) => sql`printf(${sql.lit(`%0${width}d`)}, ${value})`;
  const opens = `${date} 08:00:00`;
  const at = (seconds: RawBuilder<unknown>) =>
    sql`strftime('%Y-%m-%dT%H:%M:%S', ${sql.lit(opens)}, (${seconds}) || ' seconds')`;
  const id = sql`${sql.lit(from)} + i`;
  const cinema = padded(8, sql`${sql.lit(firstCinema)} + cinema`);
  await sql`
    with recursive
      number (i) as (select 0 union all select i + 1 from number where i < ${sql.lit(count - 1)}),
      made as (
        select i, i % ${sql.lit(cinemas)} as cinema, (i / ${sql.lit(cinemas)}) % 10 as screen,
          i * 57600 / ${sql.lit(count)} as seconds,
          case when i % 1000 = 999 then i - ${sql.lit(cinemas * 9)} else i end as ticket
        from number
      ),
      shown as (select made.*, ticket * 57600 / ${sql.lit(count)} / 10800 as slot from made)
    insert into check_record (
      record_id, identity, cinema_code, film_ticket_code, start_time, ticket_info_code, check_time, screen_code, screen_name,
      film_code, film_name, session_code, ticket_type, row_num, column_num, price, service, account, gate,
      offline, received_at, differences, quarantine
    )
    select '00000000-0000-8000-8000-' || ${padded(12, id)}, ${padded(32, id)}, ${cinema},
      ${padded(16, sql`${sql.lit(from)} + ticket`)}, ${at(sql`slot * 10800 + 7200`)}, ${cinema} || hex(randomblob(86)),
      ${at(sql`seconds`)}, ${padded(16, sql`(screen + 1) * 1000000000000`)}, (screen + 1) || '号厅',
      '0011' || ${padded(8, sql`(screen * 7 + slot) % 30`)}, '流浪地球' || ((screen * 7 + slot) % 30),
      'S' || ${padded(15, sql`${sql.lit(Math.floor(from / 1000))} + screen * 10 + slot`)},
      case when i % 100 = 0 then null else '网络售票' end, 7, 12, 4500, 300,
      'terminal-' || cinema || '-' || ((i / ${sql.lit(cinemas)}) % 3), 'gate-' || ((i / ${sql.lit(cinemas * 3)}) % 2 + 1),
      case when i % 10 = 3 then null when i % 20 = 7 then 1 else 0 end, ${at(sql`seconds + 3`)}, '',
      case when i % 5000 = 500 then 'CODE_CONTRADICTS_RECORD' end
    from shown
  `.execute(db);
}

type Cinemas = Pick<LargeStore, 'cinemas' | 'firstCinema'>;

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

export async function fillAudit({ db }: ThirdPartyStore): Promise<void> {
  for (let from = 0; from < OPERATIONS; from += OPERATIONS_A_STATEMENT) {
    const beganAt = `${dateBefore(Math.floor((OPERATIONS - from) / 4000))}T10:00:00`;
    await sql`
      with recursive number (i) as (
        select ${from} union all select i + 1 from number where i < ${from + OPERATIONS_A_STATEMENT - 1}
      )
      insert into operation (id, name, actor, began_at, ended_at, failed, what, "from")
      select '00000000-0000-7000-8000-' || printf('%012d', i), 'report day', 'operator-' || (i % 50), ${beganAt}, ${beganAt}, 0,
        '{"businessDate":"2026-01-01"}', '192.0.2.1'
      from number
    `.execute(db);
  }
}

/** Terminals, each with an account like that of `terminal`, and the state that they reported just now. */
export async function addTerminals({ db }: ThirdPartyStore, { cinemas, firstCinema }: Cinemas): Promise<void> {
  const now = Date.now();
  const own = await db.selectFrom('account').selectAll().where('username', '=', 'terminal').executeTakeFirstOrThrow();
  const device = (name: string) => ({ name, driver: 'rs232', enabled: true, error: null, outOfOrderSeconds: null });
  const stateOf = (index: number): TerminalState => ({
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
  });
  for (let cinema = 0; cinema < cinemas; cinema += 1) {
    const names = Array.from({ length: TERMINALS_A_CINEMA }, (_, index) => `terminal-${cinema}-${index}`);
    const cinemaCodes = JSON.stringify([parseCinemaCode(String(firstCinema + cinema))]);
    const accounts = names.map((username) => ({ ...own, username, cinemaCodes }));
    await db.insertInto('account').values(accounts).execute();
    const states = names.map((account, index) => ({
      ...{ account, storeId: '', heardAt: now - index * 1000, waitingSince: null, ending: 0 },
      state: JSON.stringify(stateOf(index)),
    }));
    await db.insertInto('terminalState').values(states).execute();
  }
}

/** Operators who are logged in, each at one machine; returns the tokens of the sessions. */
export async function addSessions({ db }: ThirdPartyStore): Promise<string[]> {
  const now = Date.now();
  const tokens: string[] = [];
  for (let n = 0; n < SESSIONS; n += 1) {
    const [username, token] = [`bench-${n}`, randomBytes(32).toString('base64url')];
    await sql`
      insert into operator (username, role, cinema_codes, password_hash, created_at)
      values (${username}, 'administrator', 'all', '-', '2026-01-01T00:00:00')
    `.execute(db);
    const tokenHash = createHash('sha256').update(token).digest('hex');
    const session = { tokenHash, username, address: '127.0.0.1', beganAt: now, seenAt: now };
    await db.insertInto('operatorSession').values(session).execute();
    tokens.push(token);
  }
  return tokens;
}
