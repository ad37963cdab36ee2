import { noteRefundsOf } from '@ticket-check/changes';
import { wallClockAt } from '@ticket-check/protocol';
import type { Migrations } from '@ticket-check/storage';

/** Of sessions that began earlier nobody has to hear any more. */
const HEARD_OF_MS = 2 * 86_400_000;

/** Makes each refund a change that ListChanges tells, also those that were imported before there was one. Reading X9. */
export const refundChangeMigrations: Migrations = {
  '2026-11-27-tracked-changes-of-refunds': (db, engine) =>
    noteRefundsOf(db, engine, { table: 'refund', since: wallClockAt(Date.now() - HEARD_OF_MS) }),
};
