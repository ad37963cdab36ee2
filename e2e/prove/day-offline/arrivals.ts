import type { Passed } from '../../testing/fault-proxy.ts';

/** A check record as it first went through to a platform that took it. */
interface Arrival {
  checkTime: string;
  /** By `performance.now()`. */
  at: number;
}

export interface Arrivals {
  /** Each record once, in the order of arrival. */
  readonly first: readonly Arrival[];
  /** How many arrived with only the data of their codes, and will arrive again, completed. */
  readonly incomplete: number;
  note(passed: Passed): void;
}

interface Reported {
  RecordId: string;
  CheckTime: string;
  /** Empty as long as the record is incomplete. */
  TicketType: string;
}

/** Looks at what passes on a line for the check records that a platform confirmed. */
export function watchArrivals(): Arrivals {
  const first: Arrival[] = [];
  const known = new Set<string>();
  const incomplete = new Set<string>();
  return {
    first,
    get incomplete() {
      return incomplete.size;
    },
    note({ api, query, replyData }) {
      if (api !== 'ReportOriginalCheckTickets' || replyData.ReportResult !== true) return;
      for (const { RecordId, CheckTime, TicketType } of query.CheckTickets as Reported[]) {
        if (!known.has(RecordId)) first.push({ checkTime: CheckTime, at: performance.now() });
        known.add(RecordId);
        if (TicketType === '') incomplete.add(RecordId);
        else incomplete.delete(RecordId);
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
