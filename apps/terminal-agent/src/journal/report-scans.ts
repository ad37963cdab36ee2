import type { ReportAdditions } from '@ticket-check/admin';
import {
  column,
  columns,
  type FindLateRefunds,
  isOfCinemas,
  isUndone,
  type LateRefunds,
  LINE_KEY,
  offlineShare,
} from '@ticket-check/check-records';
import { type BusinessDate, businessDay, elementsJson, epochOf, type ScanTotals } from '@ticket-check/protocol';
import { REASON_NAMES } from '@ticket-check/protocol/element-names';
import { sql } from 'kysely';
import { withKnownNames } from '../check-records/known-names.ts';
import type { TerminalStore } from '../tables.ts';
import { truthOf } from './list-scans.ts';

/**
 * A RecordId holds the machine's time, which differs by at most 5 minutes from that of the scan (reading C7), or by some seconds
 * more after the clock was set back.
 */
const IDS_WITHIN_MS = 600_000;

type AskedTime = Parameters<ReportAdditions['dayRows']>[0];

type ScanCounts = {
  gate: string;
  verdict: string | null;
  scans: number;
  /** Admissions decided only by policy, because the upstream was silent, and those that another terminal may have made too. */
  offline: number;
  unconfirmed: number;
  /** Admissions whose ticket the upstream later reported as refunded or entered elsewhere. */
  lateRefunds: number;
  lateDoubles: number;
  overridden: number;
};

const DAY_COLUMNS = [
  ...columns('Verdict', 'Scans'),
  column('Unconfirmed', '未确认放行', 'Admitted unconfirmed'),
  column('LateDoubles', '事后发现重复', 'Doubles found later'),
];

const REASONS = Object.fromEntries(Object.entries(REASON_NAMES).map(([code, [zh, en]]) => [code, { zh, en }]));

const RECORD_COLUMNS = [
  column('ScannedAt', '扫码时间', 'Scanned at'),
  column('DecidedAt', '判定时间', 'Decided at'),
  ...columns('OpenedAt', 'Confirmed', 'ETicketTime', 'ETicketAgeSeconds', 'LateVerdict', 'LateNoticedAt'),
  ...columns('Overrides', 'OverriddenBy'),
  ...columns('OverrideReason').map((reason) => ({ ...reason, words: REASONS })),
];

/**
 * Adds the journal to a terminal's reports: the scans of a day by gate and verdict, and how each record was decided.
 * Scheme 5.2.9.
 */
export function scanReports(store: TerminalStore): ReportAdditions {
  return {
    dayColumns: DAY_COLUMNS,
    dayRows: async (asked) => (await countingScans(asked).execute(store.reports)).rows.map(countsJson),
    recordColumns: RECORD_COLUMNS,
    async recordRows(records) {
      const given = store.rowsAsTable(
        records.map(({ recordId }) => ({ recordId })),
        { recordId: 'text' },
      );
      const scans = await store.reports
        .selectFrom(given.as('given'))
        .innerJoin('scan', 'scan.recordId', 'given.recordId')
        .leftJoin('override', 'override.recordId', 'given.recordId')
        .selectAll('scan')
        .select(['override.overrides', 'override.operator as overriddenBy', 'override.reason as overrideReason'])
        .execute();
      const decisions = new Map<string, object>(
        scans.map((scan) => [
          scan.recordId,
          {
            ...elementsJson(scan, 'ScannedAt', 'DecidedAt', 'OpenedAt'),
            Confirmed: truthOf(scan.confirmed),
            Offline: truthOf(scan.upstreamSilent),
            ...elementsJson(scan, 'ETicketTime', 'ETicketAgeSeconds', 'LateVerdict', 'LateNoticedAt'),
            ...(scan.overrides !== null && elementsJson(scan, 'Overrides', 'OverriddenBy', 'OverrideReason')),
          },
        ]),
      );
      const named = await withKnownNames(store.reports, records);
      return new Map(
        named.map((record) => [
          record.recordId,
          { ...elementsJson(record, 'ScreenName', 'FilmName'), ...decisions.get(record.recordId) },
        ]),
      );
    },
  };
}

/**
 * Counts the decided scans of a business date by verdict, for the platform above: of those that this store keeps. It is asked once a
 * minute: some milliseconds beside the scans cost less than a connection of its own.
 */
export async function countVerdicts(store: TerminalStore, date: BusinessDate): Promise<ScanTotals> {
  const counts: Record<string, number> = {};
  const { rows } = await countingScans(businessDay(date)).execute(store.db);
  for (const { verdict, scans } of rows) {
    if (verdict !== null) counts[verdict] = (counts[verdict] ?? 0) + scans;
  }
  return { businessDate: date, counts };
}

/** Finds entries of tickets that a recheck found refunded. Reading C3. */
export function knownLateRefunds(store: TerminalStore): LateRefunds {
  const find: FindLateRefunds = async ({ date }) => {
    const { from, until } = businessDay(date);
    // A recheck always comes after its admission, so the index of late verdicts finds them.
    const { rows } = await sql<Awaited<ReturnType<FindLateRefunds>>[number]>`
      select ${LINE_KEY} from scan cross join check_record c
      where scan.late_verdict = 'REFUNDED' and scan.late_noticed_at >= ${from} and c.record_id = scan.record_id
        and c.check_time >= ${from} and c.check_time < ${until} and c.quarantine is null and not ${isUndone('c')}
    `.execute(store.reports);
    return rows;
  };
  const isOne = sql<boolean>`exists (
    select 1 from scan where scan.record_id = check_record.record_id and scan.late_verdict = 'REFUNDED'
  )`;
  return { find, isOne };
}

const countsJson = ({ gate, verdict, scans, ...counts }: ScanCounts) => ({
  ...{ Gate: gate, Verdict: verdict, Scans: scans },
  ...(verdict === 'ADMIT' && {
    OfflineShare: offlineShare(counts.offline, scans),
    ...elementsJson(counts, 'Offline', 'Unconfirmed', 'LateRefunds', 'LateDoubles', 'Overridden'),
  }),
});

/**
 * Builds the statement that counts the scans of a time by gate and verdict. No index covers scan times, so RecordIds bound the
 * search: counting a day takes the same time however many scans are kept.
 */
export function countingScans({ from, until, cinemaCode }: AskedTime) {
  return sql<ScanCounts>`
    select gate, verdict, count(*) as scans,
      count(*) filter (where verdict = 'ADMIT' and upstream_silent = 1) as offline,
      count(*) filter (where verdict = 'ADMIT' and confirmed = 0) as unconfirmed,
      count(*) filter (where late_verdict = 'REFUNDED') as late_refunds,
      count(*) filter (where late_verdict = 'ALREADY_ENTERED') as late_doubles,
      count(*) filter (
        where verdict = 'ADMIT' and record_id in (select o.record_id from override o)
      ) as overridden
    from scan
    where record_id > ${firstIdAt(epochOf(from) - IDS_WITHIN_MS)}
      and record_id < ${firstIdAt(epochOf(until) + IDS_WITHIN_MS)}
      and scanned_at >= ${from} and scanned_at < ${until}
      and ${isOfCinemas(cinemaCode, sql`cinema_code`)}
    group by gate, verdict
    order by gate, verdict
  `;
}

/** A lower bound for the RecordIds from that moment on. */
export function firstIdAt(epochMs: number): string {
  const time = Math.max(0, epochMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}
