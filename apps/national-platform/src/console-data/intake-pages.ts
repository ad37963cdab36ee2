import { type AskedList, liveList, type PageSet, pathWith, readPart, readPlace } from '@ticket-check/admin';
import type { AccountTables } from '@ticket-check/exchange';
import { mayOperateFor, type Operator } from '@ticket-check/operators';
import { addSeconds, businessDate, parseBusinessDate, storedCinemas, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { z } from 'zod';
import { COMMAND_SOURCE, type IntakeCountTables } from '../intake/intake-counts.ts';

const PATH = '/intake';
const SOURCES_A_PART = 50;
/** Cinemas sell tickets every day. */
const SILENT_HOURS = 24;

type Source = {
  readonly username: string;
  readonly cinemaCodes: string;
  readonly revokedAt: string | null;
  readonly expiresAt: string | null;
  /** `''`: nothing imported within the days that are kept. */
  readonly lastAt: string;
};

/** What data sources sent, the source that is silent longest first: a cinema whose tickets do not arrive sells unknown ones. */
export function intakePages(store: Store<AccountTables & IntakeCountTables>, now: Clock): PageSet {
  async function list({ query, cinemaCodes }: AskedList): Promise<object> {
    const at = wallClockAt(now());
    const date = readPart(query, 'businessDate', parseBusinessDate) ?? businessDate(at);
    const after = readPlace(query, place);
    const found = await sourcesAfter(after);
    const shown = found.slice(0, SOURCES_A_PART);
    const last = found.length > SOURCES_A_PART ? shown.at(-1) : undefined;
    const sources = shown.filter((source) => maySee(cinemaCodes, source));
    // Imports by command belong to no account.
    const isOfAll = cinemaCodes === 'all' && after === null;
    const counts = await countsOf(date, [
      ...sources.map(({ username }) => username),
      ...(isOfAll ? [COMMAND_SOURCE] : []),
    ]);
    const byCommand = counts.get(COMMAND_SOURCE);
    return {
      BusinessDate: date,
      SilentHours: SILENT_HOURS,
      Sources: [
        ...sources.map((source) => ({
          Username: source.username,
          CinemaCodes: source.cinemaCodes === 'all' ? ['*'] : storedCinemas(source.cinemaCodes),
          RevokedAt: source.revokedAt,
          LastAt: source.lastAt === '' ? null : source.lastAt,
          Silent: isInForce(source, at) && source.lastAt < addSeconds(at, -SILENT_HOURS * 3600),
          Imports: counts.get(source.username) ?? [],
        })),
        ...(byCommand === undefined
          ? []
          : [{ Username: null, CinemaCodes: ['*'], RevokedAt: null, LastAt: null, Silent: false, Imports: byCommand }]),
      ],
      Next:
        last === undefined
          ? null
          : pathWith(`${PATH}.json`, { businessDate: date, after: JSON.stringify([last.lastAt, last.username]) }),
    };
  }

  async function sourcesAfter(after: readonly [string, string] | null): Promise<Source[]> {
    const [lastAt, username] = after ?? ['', ''];
    const { rows } = await sql<Source>`
      select * from (
        select a.username, a.cinema_codes, a.revoked_at, a.expires_at,
          coalesce((select max(c.last_at) from intake_count c where c.source = a.username), '') as last_at
        from account a where a.role = 'data-source'
      ) s
      where (s.last_at, s.username) > (${lastAt}, ${username})
      order by s.last_at, s.username limit ${SOURCES_A_PART + 1}
    `.execute(store.reports);
    return rows;
  }

  async function countsOf(date: string, sources: readonly string[]) {
    if (sources.length === 0) return new Map<string, never[]>();
    const rows = await store.reports
      .selectFrom('intakeCount')
      .selectAll()
      .where('businessDate', '=', date)
      .where('source', 'in', sources)
      .orderBy('kind')
      .execute();
    const counts = new Map<string, object[]>();
    for (const { source, ...row } of rows) {
      const of = counts.get(source) ?? [];
      counts.set(source, of);
      of.push({
        Kind: row.kind,
        Imported: row.imported,
        Unchanged: row.unchanged,
        LastAt: row.lastAt,
        Refused: row.refused,
        LastRefusedAt: row.lastRefusedAt,
        ErrorCode: row.errorCode,
      });
    }
    return counts;
  }

  return {
    name: 'intake',
    screens: [{ path: PATH, permission: 'cinemas.read', label: { zh: '数据导入', en: 'Intake' } }],
    json: [{ path: `${PATH}.json`, permission: 'cinemas.read', handler: list }],
    live: [liveList('intake', 'cinemas.read', list)],
  };
}

/** An operator limited to some cinemas sees only the sources of these. */
function maySee(cinemaCodes: Operator['cinemaCodes'], source: Source): boolean {
  const of = storedCinemas(source.cinemaCodes);
  return cinemaCodes === 'all' || (of !== 'all' && of.every((code) => mayOperateFor({ cinemaCodes }, code)));
}

const isInForce = ({ revokedAt, expiresAt }: Source, at: string) =>
  revokedAt === null && (expiresAt === null || expiresAt > at);

const place = z.tuple([z.string(), z.string()]);
