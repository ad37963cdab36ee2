import {
  type CheckRecordTables,
  countParked,
  createOutbox,
  type Deadline,
  listStopped,
  type StatedRecord,
} from '@ticket-check/check-records';
import { type OperationTables, runOperation } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { z } from 'zod';
import { cinemaOrAll, cinemasActedOn, cinemasIn, oneOf, pathWith, readPart, readPlace } from '../asked.ts';
import type { AskedList, PageSet } from '../page.ts';
import { action, operationBy } from '../page.ts';
import { liveList } from '../serve-live.ts';

const JSON_LIST = '/outbox.json';
const RECORDS_A_PART = 50;
const KINDS = ['parked', 'quarantined', 'overdue'] as const;

/**
 * Records that are held up, and why: refused by the upstream (these can be sent again at once), quarantined, or not accepted
 * by their deadline. Readings R1, R3, R4.
 */
export function outboxPages(
  { now }: Pick<Service, 'now'>,
  options: {
    readonly store: Store<CheckRecordTables & OperationTables>;
    readonly deadline: Deadline;
    /** Records are due to be sent. */
    readonly wake: () => void;
  },
): PageSet {
  const { store, deadline, wake } = options;

  async function list(request: AskedList): Promise<object> {
    const { query } = request;
    const kind = readPart(query, 'kind', oneOf(KINDS)) ?? 'parked';
    const { records, next } = await listStopped(store, {
      kind: kind === 'overdue' ? { deadline, at: wallClockAt(now()) } : kind,
      cinemas: cinemasIn(request),
      after: readPlace(query, place),
      limit: RECORDS_A_PART,
    });
    return {
      Records: records.map(stoppedJson),
      Next: next === null ? null : pathWith(JSON_LIST, { ...Object.fromEntries(query), after: JSON.stringify(next) }),
    };
  }

  async function counts(request: AskedList): Promise<object> {
    return { Parked: await countParked(store, cinemasIn(request)) };
  }

  return {
    name: 'outbox',
    screens: [{ path: '/outbox', permission: 'records.read', label: { zh: '未送达记录', en: 'Stopped records' } }],
    json: [
      { path: JSON_LIST, permission: 'records.read', handler: list },
      { path: '/outbox/counts.json', permission: 'records.read', handler: counts },
    ],
    live: [liveList('outbox', 'records.read', list)],
    counts: [
      {
        path: '/outbox',
        permission: 'records.read',
        count: (cinemaCodes) => countParked(store, cinemasIn({ cinemaCodes, query: new Map() })),
      },
    ],
    actions: [
      action({
        path: '/outbox/retry',
        permission: 'records.resolve',
        body: cinemaOrAll,
        async handler(request) {
          const cinemaCodes = cinemasActedOn(request.body, request.operator);
          const retried = await runOperation(
            store,
            operationBy(request, now, 'records retry', cinemaCodes === undefined ? {} : { cinemaCodes }),
            (within) => createOutbox(withTables(within)).retryParked(cinemaCodes),
            (count) => ({ retried: count }),
          );
          wake();
          return { Retried: retried };
        },
      }),
    ],
  };
}

export function stoppedJson({ record, refused }: StatedRecord) {
  return {
    RecordId: record.recordId,
    CinemaCode: record.cinemaCode,
    FilmTicketCode: record.filmTicketCode,
    StartTime: record.startTime,
    CheckTime: record.checkTime,
    ...(record.account !== '' && { Account: record.account }),
    ...(record.gate !== '' && { Gate: record.gate }),
    ReceivedAt: record.receivedAt,
    ErrorCode: refused?.errorCode ?? record.quarantine,
    ...(refused !== null && {
      ErrorMessage: refused.errorMessage,
      ParkedAt: refused.parkedAt,
      NextAttemptAt: refused.nextAttemptAt,
      Attempts: refused.attempts,
    }),
  };
}

const place = z.tuple([z.string(), z.string(), z.string()]);
