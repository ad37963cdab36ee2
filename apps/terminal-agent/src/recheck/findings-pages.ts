import { type AskedList, cinemaIn, liveList, type PageSet, pathWith, readPart, readPlace } from '@ticket-check/admin';
import type { CheckRecordTables } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { z } from 'zod';
import type { ScanTables } from '../journal/scan-tables.ts';

const PATH = '/findings';
const FINDINGS_A_PART = 50;
const KINDS = ['ALREADY_ENTERED', 'REFUNDED'] as const;

/**
 * The late findings of this terminal, newest first: admissions that turned out to be doubles, refunded or unknown to the platform
 * above. Scheme 5.2.5; reading C3.
 */
export function findingsPages(store: Store<ScanTables & CheckRecordTables>): PageSet {
  async function list(request: AskedList): Promise<object> {
    const { query, cinemaCodes } = request;
    const cinema = cinemaIn(request);
    const permitted = cinema === undefined ? cinemaCodes : [cinema];
    const kind = readPart(query, 'kind', kindOf);
    const after = readPlace(query, place);
    const found = await store.reports
      .selectFrom('scan')
      .leftJoin('checkRecord', 'checkRecord.recordId', 'scan.recordId')
      .select(['scan.recordId', 'scan.cinemaCode', 'scan.filmTicketCode', 'scan.startTime', 'scan.gate', 'scannedAt'])
      .select(['lateVerdict', 'lateNoticedAt', 'lateFirstEntry', 'screenName', 'filmName', 'rowNum', 'columnNum'])
      .select((eb) =>
        eb
          .exists(eb.selectFrom('reversal').select('reversal.recordId').whereRef('reverses', '=', 'scan.recordId'))
          .as('isUndone'),
      )
      .where('lateVerdict', 'is not', null)
      .$if(kind !== undefined, (findings) => findings.where('lateVerdict', '=', kind ?? ''))
      .$if(permitted !== 'all', (findings) => findings.where('scan.cinemaCode', 'in', permitted as readonly string[]))
      .$if(after !== null, (findings) =>
        findings.where(sql<boolean>`(late_noticed_at, scan.record_id) < (${after?.[0]}, ${after?.[1]})`),
      )
      .orderBy('lateNoticedAt', 'desc')
      .orderBy('scan.recordId', 'desc')
      .limit(FINDINGS_A_PART + 1)
      .execute();
    const findings = found.slice(0, FINDINGS_A_PART);
    const last = found.length > FINDINGS_A_PART ? findings.at(-1) : undefined;
    return {
      Findings: findings.map((row) => ({
        RecordId: row.recordId,
        CinemaCode: row.cinemaCode,
        FilmTicketCode: row.filmTicketCode,
        StartTime: row.startTime,
        ScreenName: row.screenName,
        FilmName: row.filmName,
        RowNum: row.rowNum,
        ColumnNum: row.columnNum,
        Gate: row.gate,
        ScannedAt: row.scannedAt,
        LateVerdict: row.lateVerdict,
        LateNoticedAt: row.lateNoticedAt,
        FirstEntry: row.lateFirstEntry,
        Undone: Boolean(row.isUndone),
      })),
      Next:
        last === undefined
          ? null
          : pathWith(`${PATH}.json`, {
              ...Object.fromEntries(query),
              after: JSON.stringify([last.lateNoticedAt, last.recordId]),
            }),
    };
  }

  return {
    name: 'findings',
    screens: [{ path: PATH, permission: 'records.read', label: { zh: '待核实', en: 'To look into' } }],
    json: [{ path: `${PATH}.json`, permission: 'records.read', handler: list }],
    live: [liveList('findings', 'records.read', list)],
  };
}

function kindOf(text: string): (typeof KINDS)[number] {
  return z.enum(KINDS).parse(text);
}

const place = z.tuple([z.string(), z.string()]);
