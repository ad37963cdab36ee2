import type { Passed } from '../../testing/fault-proxy.ts';

/** A check record as it first went through to a platform that took it. */
export interface Arrival {
  recordId: string;
  checkTime: string;
}

export interface Arrivals {
  /** Each record once, in the order of arrival. */
  readonly first: readonly Arrival[];
  /** How many times one came again, completed for example. */
  readonly again: number;
  /** How many reports were confirmed. */
  readonly reports: number;
  note(passed: Passed): void;
}

/** Looks at what passes on a line for the check records that a platform confirmed. */
export function watchArrivals(): Arrivals {
  const first: Arrival[] = [];
  const known = new Set<string>();
  let [again, reports] = [0, 0];
  return {
    first,
    get again() {
      return again;
    },
    get reports() {
      return reports;
    },
    note({ api, query, replyData }) {
      if (api !== 'ReportOriginalCheckTickets' || replyData.ReportResult !== true) return;
      const records = query.CheckTickets as { RecordId: string; CheckTime: string }[];
      if (records.length > 0) reports += 1;
      for (const { RecordId, CheckTime } of records) {
        if (known.has(RecordId)) again += 1;
        else first.push({ recordId: RecordId, checkTime: CheckTime });
        known.add(RecordId);
      }
    },
  };
}

/** How many records arrived after one whose check was later. Reading R2. */
export function outOfOrder({ first }: Arrivals): number {
  let [late, latest] = [0, ''];
  for (const { checkTime } of first) {
    if (checkTime < latest) late += 1;
    else latest = checkTime;
  }
  return late;
}
