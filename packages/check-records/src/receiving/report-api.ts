import { type AccountTables, type Call, createAccounts, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  ERROR_CODES,
  type ErrorCode,
  parseCheckTicket,
  parseRecordOrigin,
  type RecordFault,
  type RecordId,
  type RecordOrigin,
  type ReportQuery,
  reportQuery,
  reportReplyJson,
  type WireCheckRecord,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { createEntryBound, createQuarantineBound } from '../entries/bounds.ts';
import { quarantineReviews, requestReviews } from '../judging/judge-again.ts';
import { type JudgingOptions, judgingOf } from '../judging/judging.ts';
import { createJudgingPool } from '../judging/judging-pool.ts';
import { suspiciousIn } from '../keeping/keep.ts';
import { listCheckRecordsApi } from '../reconciliation/list-check-records-api.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { Suspicions } from '../tables/suspicious-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { Reversals } from '../undo/reversals.ts';
import { holdsReversals, parseEach, receiveReversals } from './receive-reversals.ts';

/**
 * Takes check records from accounts (ReportOriginalCheckTickets), and lists them what was taken. `ReportResult` is true when every
 * record is durably kept, quarantined ones too; false when one is malformed, and then nothing is kept. Refuses with KEYS_UNAVAILABLE
 * while no key of the cinema is known. Scheme 6.6.2, 7.6.2; readings R3, R6, R7, R9.
 */
export function receiveRecords(
  service: Service,
  options: Pick<JudgingOptions, 'refreshKeys'> & {
    store: Store<CheckRecordTables & AccountTables>;
    recordStore: RecordStore;
    reversals: Reversals;
    keys: Required<Pick<JudgingOptions, 'keysEver' | 'keysAtHand'>> & {
      /** Calls the listener when a cinema's keys have changed, if that is known here. */
      onReplaced?(listener: () => void): void;
    };
    /** The most entries of one ticket through one account, and the most compensating records. */
    maxEntries: number;
    maxQuarantined: number;
    forward: boolean;
  },
) {
  const { logger, now } = service;
  const { store, recordStore, reversals, keys, refreshKeys, maxEntries, maxQuarantined, forward } = options;
  const { keysEver, keysAtHand } = keys;
  const entryBound = createEntryBound(store, { max: maxEntries, logger });
  const quarantineBound = createQuarantineBound(store, { max: maxQuarantined, logger });
  const pool = service.own(createJudgingPool());
  const judgingOptions = { keysEver, keysAtHand, pool, now, ...(refreshKeys && { refreshKeys }) };
  const { usernamesOf } = createAccounts(store, now);
  const review = service.job({
    ...{ name: 'quarantine review', runs: 'in one process' },
    ...quarantineReviews({ store, recordStore, keysEver, pool, entryBound, forward, now, logger }),
  });
  keys.onReplaced?.(() => void review.trigger());

  async function handle({ cinemaCode, checkTickets }: ReportQuery, call: Call): Promise<unknown> {
    const extended = call.extended('record-id');
    if (checkTickets.length === 0) return reportReplyJson({ result: true }, { extended });
    const account = call.account.username;
    const formerAccounts = call.account.replaces === null ? [] : (await usernamesOf(account)).slice(1);

    function refuse(rejected: RecordFault[]): unknown {
      const line = { cinemaCode, username: account, code: rejected[0]?.errorCode, rejected: rejected.length };
      call.warn(line, 'refused a report');
      return reportReplyJson({ result: false, rejected }, { extended });
    }

    if (holdsReversals(checkTickets, call)) {
      const asked = { ...judgingOptions, reversals, maxEntries, forward, formerAccounts };
      const refused = await receiveReversals({ cinemaCode, checkTickets }, call, asked);
      return refused.length > 0 ? refuse([...refused]) : reportReplyJson({ result: true }, { extended });
    }
    const announced = { extended, overrides: call.extended('overrides'), origins: call.extended('record-origins') };
    const { parsed: records, faults } = await parseEach(checkTickets, (ticket) => ({
      ...parseCheckTicket(ticket, cinemaCode, announced),
      ...parseRecordOrigin(ticket, announced),
    }));
    if (faults.length > 0) return refuse(faults);

    const judging = judgingOf(records, cinemaCode, account, judgingOptions);
    const judgements = await judging.judge();
    const receivedAt = wallClockAt(now());
    const received = (await withRecordIds(records, account)).map(
      (record, index): ReceivedRecord => ({
        ...record,
        account,
        receivedAt,
        quarantine: judgements[index]?.quarantine ?? null,
        differences: judgements[index]?.differences ?? [],
      }),
    );
    const suspicions: Suspicions = new Map(
      received.flatMap((record, index) => {
        const kinds = judgements[index]?.suspicious;
        return kinds === undefined ? [] : [[record, kinds] as const];
      }),
    );
    const { bounded, ...outcome } = await entryBound.within(
      received,
      async (bounded, maxOfTicket) => ({
        bounded,
        ...(await quarantineBound.within(bounded, () =>
          recordStore.keep(bounded, { forward, formerAccounts, maxOfTicket, suspicions }),
        )),
      }),
      { counts: true },
    );
    if (outcome.full !== undefined) {
      const { full } = outcome;
      return refuse(
        bounded.flatMap((record, index) => (full.has(record) ? faultOf(record, index, 'QUARANTINE_FULL') : [])),
      );
    }
    const results = outcome.kept;

    if (await judging.haveKeysCome()) await requestReview(cinemaCode);
    // As it is stored now: a record that counts here already is not quarantined when it comes again.
    const quarantined = bounded.flatMap((record, index) =>
      record.quarantine === null || results[index] === 'outweighed' ? [] : faultOf(record, index, record.quarantine),
    );
    if (quarantined.length > 0) {
      call.warn({ cinemaCode, username: account, quarantined: quarantined.length }, 'quarantined check records');
    }
    const suspicious = suspiciousIn([{ records: bounded, forward, suspicions }], [results]);
    if (suspicious.length > 0) {
      const kinds = [...new Set(suspicious.flatMap(([, found]) => found))];
      const line = { cinemaCode, username: account, suspicious: suspicious.length, kinds };
      call.warn(line, 'counted suspicious check records');
    }
    return reportReplyJson({ result: true, quarantined }, { extended });
  }

  /** A key that came between the judgement of a record and its commit may not have found it. Durable. */
  async function requestReview(cinemaCode: CinemaCode): Promise<void> {
    await requestReviews(store.db.withTables<CheckRecordTables>(), [cinemaCode]);
    void review.trigger();
  }

  async function withRecordIds(records: readonly (WireCheckRecord & RecordOrigin)[], account: string) {
    const without = records.filter(({ recordId }) => recordId === null);
    const derived = (await recordStore.deriveIds(without, account)).values();
    // One for each that has none, in the same order.
    return records.map((record) => ({ ...record, recordId: record.recordId ?? (derived.next().value as RecordId) }));
  }

  const reportApi = signedApi({
    name: APIS.reportOriginalCheckTickets,
    role: 'platform',
    priority: 'report',
    bulk: true,
    isProbe,
    query: reportQuery,
    cinemasOf: (query) => [query.cinemaCode],
    handle,
  });
  return { reportApi, listApi: listCheckRecordsApi(store, { forwards: forward, usernamesOf }), pool };
}

/** `probeUpstream` sends an empty report to find out whether the platform answers again. */
export const isProbe = ({ CheckTickets }: Record<string, unknown>): boolean =>
  Array.isArray(CheckTickets) && CheckTickets.length === 0;

function faultOf(record: ReceivedRecord, index: number, errorCode: ErrorCode): RecordFault {
  return { index, filmTicketCode: record.filmTicketCode, errorCode, errorMessage: ERROR_CODES[errorCode].what };
}
