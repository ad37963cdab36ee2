import { type CheckRecordTables, listSuspicious, type Suspicion } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { cinemaFilter, cinemasOf, list } from '../declared/list.ts';
import type { InEachLanguage } from '../language.ts';
import { SUSPICIOUS_ROW } from './rows.ts';

const ADVICE: Readonly<Record<Suspicion, InEachLanguage>> = {
  'utc-check-time': {
    zh: '检票时间（CheckTime）疑似为 UTC：请改为北京时间（UTC+8），不带时区。',
    en: 'CheckTime is probably in UTC: write Beijing time (UTC+8), without a zone.',
  },
  'fen-price': {
    zh: '票价（Price）疑似以分为单位：请改为以元为单位，如 45.00。',
    en: 'Price is probably in fen: write yuan, such as 45.00.',
  },
};

/**
 * Accounts whose records count although their sender probably gets the time or the price wrong: how many, and what to change.
 * Readings T1, R6.
 */
export const suspiciousRecords = list({
  name: 'suspicious',
  rowsName: 'Accounts',
  title: { zh: '可疑记录', en: 'Suspicious records' },
  permission: 'records.read',
  filters: { cinema: cinemaFilter },
  row: SUSPICIOUS_ROW,
  place: z.tuple([z.string(), z.string()]).readonly(),
  rowsAPage: 200,
  live: 'none',
  async find(store: Store<CheckRecordTables>, { filters, cinemas, after, limit }) {
    const found = await listSuspicious(store, { cinemas: cinemasOf({ filters, cinemas }), after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const rows = page.map(({ account, kind, records, latestAt }) => ({
      Username: account,
      Kind: kind,
      Records: records,
      LatestAt: latestAt,
      Advice: ADVICE[kind].en,
      AdviceZh: ADVICE[kind].zh,
    }));
    return { rows, next: last === undefined ? null : ([last.account, last.kind] as const) };
  },
});
