import { noteRefundsOf } from '@ticket-check/changes';
import type { Migrations } from '@ticket-check/storage';

/** Makes each refund a change that ListChanges tells, also those that were imported before there was one. Reading X9. */
export const refundChangeMigrations: Migrations = {
  '0.1.0': (db, engine) => noteRefundsOf(db, engine, { table: 'refund' }),
};
