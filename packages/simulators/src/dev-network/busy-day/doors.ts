import type { Bundle } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  MAX_RECORDS,
  RECORD_ORIGINS_EXTENSION,
  readReportReply,
  reportQueryJson,
} from '@ticket-check/protocol';
import { connectByBundle } from '../../box-office/index.ts';
import type { Admission } from './guest.ts';

/** A minute for a thousand records is more than a busy machine takes. */
const TIMEOUT_MS = 60_000;

/**
 * Reports what was admitted at a door, as a terminal of the scheme does that also says at which gate, whether offline and when it had decided:
 * it gives no RecordIds, so what is reported again is recognised by ticket and CheckTime.
 *
 * @throws Error if the platform does not take it.
 */
export async function reportAdmissions(
  bundle: Bundle,
  cinemaCode: CinemaCode,
  admissions: readonly Admission[],
): Promise<void> {
  const upstream = connectByBundle(bundle, Date.now, [RECORD_ORIGINS_EXTENSION]);
  try {
    for (let from = 0; from < admissions.length; from += MAX_RECORDS) {
      const records = admissions
        .slice(from, from + MAX_RECORDS)
        .map(({ ticket, checkTime, startTime, gate, offline, decidedMs }) => ({
          ...ticket,
          checkTime,
          startTime,
          gate,
          offline,
          decidedMs,
          recordId: null,
          overriddenVerdict: null,
        }));
      const wire = { extended: false, origins: true, priceForm: upstream.priceForm };
      const query = reportQueryJson(cinemaCode, records, wire);
      const options = { read: readReportReply, timeoutMs: TIMEOUT_MS, idempotent: true };
      const outcome = await upstream.call(APIS.reportOriginalCheckTickets, query, options);
      const isTaken = outcome.kind === 'delivered' && outcome.reply.result;
      if (!isTaken) throw new Error(`${upstream.url} did not take the records of a door: ${JSON.stringify(outcome)}`);
    }
  } finally {
    await upstream.close();
  }
}
