import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Call, type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  type CinemaKey,
  decryptionOrder,
  deriveRecordId,
  ERROR_CODES,
  type ErrorCode,
  ProtocolError,
  parseCheckTicket,
  RECORD_ID_EXTENSION,
  type RecordFault,
  type ReportQuery,
  reportQuery,
  reportReplyJson,
  type WireCheckRecord,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Judgement, judge } from './judge.ts';
import type { ReceivedRecord } from './received-record.ts';
import type { RecordStore } from './record-store.ts';

export type ReportApiOptions = {
  recordStore: RecordStore;
  /** Every key that a cinema ever had. Reading R6. */
  keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
  /**
   * Those of them that are at hand without a question to the database. A key is never changed and never taken away, so a
   * code that one of these opens needs no other.
   */
  keysAtHand?(cinemaCode: CinemaCode): readonly CinemaKey[];
  /**
   * Called before a record is kept aside because no key fits: the sender may have a newer key than we do. Bounded in time;
   * what it brings is then found by `keysEver`. Reading K4.
   */
  refreshKeys?(cinemaCode: CinemaCode): Promise<unknown>;
  /** Whether what is kept is to go on to an upstream. */
  forward: boolean;
  /** Epoch milliseconds. */
  now: () => number;
};

/** Decoding this many codes stops the event loop for less than a millisecond. */
const JUDGED_AT_ONCE = 64;

/**
 * ReportOriginalCheckTickets as a platform serves it: `ReportResult` is true when every record is durably kept, also those
 * kept aside because they contradict their own code; false when one is malformed, and then nothing is kept.
 *
 * Refuses with KEYS_UNAVAILABLE while no key of the cinema is known. Scheme 6.6.2, 7.6.2; readings R3, R6, R7.
 */
export function reportApi(options: ReportApiOptions): SignedApi {
  const { recordStore, forward, now } = options;

  async function handle({ cinemaCode, checkTickets }: ReportQuery, call: Call): Promise<unknown> {
    const extended = call.extended(RECORD_ID_EXTENSION);
    const source = call.account.username;

    function refuse(rejected: RecordFault[]): unknown {
      const line = { cinemaCode, username: source, code: rejected[0]?.errorCode, rejected: rejected.length };
      call.log.warn(line, 'a report was refused');
      return reportReplyJson({ result: false, rejected }, { extended });
    }

    const { records, faults } = parseRecords(checkTickets, cinemaCode, extended);
    if (faults.length > 0) return refuse(faults);

    const judgements = records.length === 0 ? [] : await judgeAll(records, cinemaCode, options);
    const receivedAt = wallClockAt(now());
    const received = records.map(
      (record, index): ReceivedRecord => ({
        ...record,
        recordId: record.recordId ?? deriveRecordId(record, record.checkTime, source),
        source,
        receivedAt,
        quarantine: judgements[index]?.quarantine ?? null,
        differences: judgements[index]?.differences ?? [],
      }),
    );
    const results = await recordStore.keep(received, { forward });

    const conflicts = received.flatMap((record, index) =>
      results[index] === 'conflict' ? faultOf(record, index, 'RECORD_ID_CONFLICT') : [],
    );
    if (conflicts.length > 0) return refuse(conflicts);
    const quarantined = received.flatMap((record, index) =>
      record.quarantine === null ? [] : faultOf(record, index, record.quarantine),
    );
    if (quarantined.length > 0) {
      call.log.warn({ cinemaCode, username: source, quarantined: quarantined.length }, 'check records were kept aside');
    }
    return reportReplyJson({ result: true, quarantined }, { extended });
  }

  return signedApi({
    name: APIS.reportOriginalCheckTickets,
    role: 'platform',
    bulk: true,
    query: reportQuery,
    cinemasOf: (query) => [query.cinemaCode],
    handle,
  });
}

function parseRecords(raw: readonly unknown[], cinemaCode: CinemaCode, extended: boolean) {
  const records: WireCheckRecord[] = [];
  const faults: RecordFault[] = [];
  for (const [index, ticket] of raw.entries()) {
    try {
      records.push(parseCheckTicket(ticket, cinemaCode, { extended }));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { code: errorCode, message: errorMessage } = error;
      faults.push({ index, filmTicketCode: filmTicketCodeOf(ticket), errorCode, errorMessage });
    }
  }
  return { records, faults };
}

/** @throws ProtocolError KEYS_UNAVAILABLE where no key of the cinema is known. */
async function judgeAll(
  records: readonly WireCheckRecord[],
  cinemaCode: CinemaCode,
  { keysEver, keysAtHand, refreshKeys, now }: ReportApiOptions,
): Promise<Judgement[]> {
  let keys = keysAtHand?.(cinemaCode) ?? [];
  let judgements = await judgeWith(records, keys, now());
  const isForeign = () => judgements.some(({ quarantine }) => quarantine === 'CODE_NOT_GENUINE');
  const judgeWithNewer = async () => {
    const newer = await keysEver(cinemaCode);
    if (newer.length <= keys.length) return;
    keys = newer;
    judgements = await judgeWith(records, keys, now());
  };
  if (isForeign()) await judgeWithNewer();
  if (refreshKeys !== undefined && isForeign()) {
    await refreshKeys(cinemaCode);
    await judgeWithNewer();
  }
  if (keys.length === 0) {
    throw new ProtocolError('KEYS_UNAVAILABLE', `no public key of cinema ${cinemaCode} has been received yet`);
  }
  return judgements;
}

async function judgeWith(records: readonly WireCheckRecord[], keys: readonly CinemaKey[], now: number) {
  const order = decryptionOrder(keys, wallClockAt(now));
  const judgements: Judgement[] = [];
  for (const [index, record] of records.entries()) {
    // A thousand codes take 10 ms, in which every other caller would wait.
    if (index > 0 && index % JUDGED_AT_ONCE === 0) await nextTurn();
    judgements.push(judge(record, order));
  }
  return judgements;
}

function faultOf(record: ReceivedRecord, index: number, errorCode: ErrorCode): RecordFault {
  return { index, filmTicketCode: record.filmTicketCode, errorCode, errorMessage: ERROR_CODES[errorCode].what };
}

function filmTicketCodeOf(raw: unknown): string {
  const code = typeof raw === 'object' && raw !== null && 'FilmTicketCode' in raw ? raw.FilmTicketCode : '';
  return typeof code === 'string' ? code : '';
}
