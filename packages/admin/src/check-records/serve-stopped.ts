import { type CheckRecordTables, countParked, countQuarantined, type Deadline } from '@ticket-check/check-records';
import type { OperationTables } from '@ticket-check/operators';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { serveList } from '../declared/list.ts';
import { serveOperation } from '../declared/operation.ts';
import type { Reading } from '../declared/reading.ts';
import type { PageSet } from '../page.ts';
import { judgeAllAgain, retryRefused, stoppedRecords } from './declared-stopped.ts';
import { suspiciousRecords } from './declared-suspicious.ts';

const permission = 'records.read' as const;

/** Records that are held up, for supervisors to send again. Readings R1, R3, R4. */
export function outboxPages(
  { now }: Pick<Service, 'now'>,
  options: {
    readonly store: Store<CheckRecordTables & OperationTables>;
    readonly deadline: Deadline;
    readonly reading: Reading;
    /** Records are due to be sent. */
    readonly wake: () => void;
  },
): PageSet {
  const { store, deadline, reading, wake } = options;
  return {
    ...serveList(stoppedRecords, { store, deadline, now }, reading),
    name: 'outbox',
    screens: [{ path: '/outbox', permission, label: stoppedRecords.title }],
    counts: [
      {
        path: '/outbox',
        permission,
        count: async (cinemas) => (await countParked(store, cinemas)) + (await countQuarantined(store, cinemas)),
      },
    ],
    actions: serveOperation(retryRefused, { store, now, under: '/outbox', done: wake }),
  };
}

/** Judges those quarantined records of a cinema again whose code no key opened, and lists accounts with suspicious ones. Readings R3, R6. */
export function quarantinePages(
  { now }: Pick<Service, 'now'>,
  store: Store<CheckRecordTables & OperationTables>,
): PageSet {
  return {
    name: 'quarantine',
    json: serveList(suspiciousRecords, store).json,
    actions: serveOperation(judgeAllAgain, { store, now, under: '/quarantine' }),
  };
}
