import type { Migrations } from '@ticket-check/storage';
import { sql } from 'kysely';

/**
 * What a person has to look into. `DOUBLE`: a ticket has more than one entry. `LATE_REFUND`: a ticket has an entry, and the
 * national platform says that it was refunded.
 */
export const FINDING_KINDS = ['DOUBLE', 'LATE_REFUND'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One finding about a ticket. */
export type FindingRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
  kind: FindingKind;
  /** When the record or refund came that last made it a finding. */
  foundAt: string;
  /** The RefundTime from the national platform; null if it gave none, and for a double. */
  refundedAt: string | null;
  /** When somebody noted the outcome last; null while it is open. */
  notedAt: string | null;
};

/** What somebody noted about a finding: all of it is kept. */
type FindingNoteRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
  kind: FindingKind;
  /** From 1, in the order in which they were noted. */
  nth: number;
  outcome: string;
  operator: string;
  notedAt: string;
};

export type FindingTables = { finding: FindingRow; findingNote: FindingNoteRow };

/** What names a finding. */
export type FindingKey = Pick<FindingRow, 'startTime' | 'cinemaCode' | 'filmTicketCode' | 'kind'>;

export const FINDING_KEY = { startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text', kind: 'text' } as const;

const KEY = ['start_time', 'cinema_code', 'film_ticket_code', 'kind'] as const;

export const findingMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('finding')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('found_at', 'text', (column) => column.notNull())
      .addColumn('refunded_at', 'text')
      .addColumn('noted_at', 'text')
      .addPrimaryKeyConstraint('finding_pk', [...KEY])
      .execute();
    // Each in the order of its list, so that a page of it costs the same however many there are.
    await db.schema
      .createIndex('finding_open')
      .on('finding')
      .columns(['found_at', ...KEY])
      .where(sql.ref('noted_at'), 'is', null)
      .execute();
    await db.schema
      .createIndex('finding_noted')
      .on('finding')
      .columns(['noted_at', ...KEY])
      .where(sql.ref('noted_at'), 'is not', null)
      .execute();
    await db.schema
      .createTable('finding_note')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('nth', 'bigint', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('operator', 'text', (column) => column.notNull())
      .addColumn('noted_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('finding_note_pk', [...KEY, 'nth'])
      .execute();
  },
};
