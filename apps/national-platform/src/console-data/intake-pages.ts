import {
  dateFilter,
  datesFrom,
  isOfNoOther,
  list,
  type PageSet,
  type Reading,
  serveList,
  untilFilter,
} from '@ticket-check/admin';
import { column } from '@ticket-check/check-records';
import type { AccountTables } from '@ticket-check/exchange';
import { addSeconds, elementsJson, storedCinemas, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { pageOf, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { z } from 'zod';
import { COMMAND_SOURCE, type IntakeCountTables } from '../intake/intake-counts.ts';
import { SOURCE_ROW, type SourceRow } from './rows.ts';

/** Cinemas sell tickets every day. */
const SILENT_HOURS = 24;

type IntakeStore = Store<AccountTables & IntakeCountTables>;

type Source = {
  readonly username: string;
  readonly cinemaCodes: string;
  readonly revokedAt: string | null;
  readonly expiresAt: string | null;
  /** `''`: nothing imported within the days that are kept. */
  readonly lastAt: string;
};

/** What data sources sent, the source that is silent longest first: a cinema whose tickets do not arrive sells unknown ones. */
const intake = list({
  name: 'intake',
  rowsName: 'Sources',
  title: { zh: '数据导入', en: 'Intake' },
  permission: 'cinemas.read',
  filters: { businessDate: dateFilter, until: untilFilter },
  row: SOURCE_ROW,
  place: z.tuple([z.string(), z.string()]).readonly(),
  rowsAPage: 50,
  async find({ store, now }: { store: IntakeStore; now: Clock }, { filters, cinemas, after, limit }) {
    const at = wallClockAt(now());
    const found = await sourcesAfter(store, after, limit + 1);
    const { page, next } = pageOf(found, limit, ({ lastAt, username }) => [lastAt, username] as const);
    // An operator limited to some cinemas sees only the sources of these.
    const sources = page.filter((source) => isOfNoOther(storedCinemas(source.cinemaCodes), cinemas));
    // Imports by command belong to no account.
    const isOfAll = cinemas === 'all' && after === null;
    const { businessDate, until = businessDate } = filters;
    const counts = await countsOf(store, datesFrom(businessDate, until), [
      ...sources.map(({ username }) => username),
      ...(isOfAll ? [COMMAND_SOURCE] : []),
    ]);
    const importsOf = (source: string) =>
      (counts.get(source) ?? []).map((row) =>
        elementsJson(row, 'Kind', 'Imported', 'Unchanged', 'LastAt', 'Refused', 'LastRefusedAt', 'ErrorCode'),
      );
    const rows: SourceRow[] = sources.map((source) => ({
      Username: source.username,
      CinemaCodes: source.cinemaCodes === 'all' ? ['*'] : [...storedCinemas(source.cinemaCodes)],
      RevokedAt: source.revokedAt,
      LastAt: source.lastAt === '' ? null : source.lastAt,
      Silent:
        source.revokedAt === null &&
        (source.expiresAt === null || source.expiresAt > at) &&
        source.lastAt < addSeconds(at, -SILENT_HOURS * 3600),
      Imports: importsOf(source.username),
    }));
    const Imports = importsOf(COMMAND_SOURCE);
    if (Imports.length > 0)
      rows.push({ Username: null, CinemaCodes: ['*'], RevokedAt: null, LastAt: null, Silent: false, Imports });
    return { rows, next, besides: { SilentHours: SILENT_HOURS } };
  },
  file: {
    columns: () => [
      { ...column('Username', '数据来源', 'Data source'), of: ({ Username }) => Username ?? 'import' },
      column('CinemaCodes', '影院编码', 'Cinema codes'),
      column('LastAt', '最近收到', 'Last taken'),
      column('Silent', '超过24小时没有数据', 'Nothing for more than 24 hours'),
      column('Kind', '数据', 'Data'),
      column('Imported', '新增或更改', 'New or changed'),
      column('Unchanged', '已有', 'Known'),
      column('Refused', '拒收次数', 'Refused requests'),
      column('LastRefusedAt', '最近拒收', 'Last refused at'),
      column('ErrorCode', '拒收代码', 'Error code'),
    ],
    /** A row for each kind that a source sent. */
    rowsOf: ({ Imports, ...source }) =>
      Imports.length === 0 ? [source] : Imports.map((kind) => ({ ...kind, ...source })),
  },
});

async function sourcesAfter(
  { reports }: IntakeStore,
  after: readonly [string, string] | null,
  limit: number,
): Promise<Source[]> {
  const [lastAt, username] = after ?? ['', ''];
  const { rows } = await sql<Source>`
    select * from (
      select a.username, a.cinema_codes, a.revoked_at, a.expires_at,
        coalesce((select max(c.last_at) from intake_count c where c.source = a.username), '') as last_at
      from account a where a.role = 'data-source'
    ) s
    where (s.last_at, s.username) > (${lastAt}, ${username})
    order by s.last_at, s.username limit ${limit}
  `.execute(reports);
  return rows;
}

/** What some sources sent of each kind on some dates. */
async function countsOf({ reports }: IntakeStore, dates: readonly string[], sources: readonly string[]) {
  if (sources.length === 0) return new Map<string, never[]>();
  const rows = await reports
    .selectFrom('intakeCount')
    .select(({ fn }) => [
      ...(['source', 'kind'] as const),
      fn.sum<number>('imported').as('imported'),
      fn.sum<number>('unchanged').as('unchanged'),
      fn.max('lastAt').as('lastAt'),
      fn.sum<number>('refused').as('refused'),
      fn.max('lastRefusedAt').as('lastRefusedAt'),
      sql<string | null>`max(last_refused_at || error_code)`.as('last'),
    ])
    .where('businessDate', 'in', dates)
    .where('source', 'in', sources)
    .groupBy(['source', 'kind'])
    .orderBy('kind')
    .execute();
  const counts = rows.map(({ last, ...row }) => ({
    ...row,
    errorCode: last?.slice(row.lastRefusedAt?.length) ?? null,
  }));
  return Map.groupBy(counts, ({ source }) => source);
}

export const intakePages = (store: IntakeStore, reading: Reading): PageSet => ({
  name: 'intake',
  screens: [{ path: '/intake', permission: 'cinemas.read', label: intake.title }],
  ...serveList(intake, { store, now: reading.now }, reading),
});
