export type { Complete } from './completion/completion.ts';
export { forwardingSettings } from './delivery/forwarding-settings.ts';
export { recordMetrics } from './delivery/metrics.ts';
export { type Reporting, startReporting } from './delivery/start-reporting.ts';
export { createEntryBound } from './entries/entry-bound.ts';
export {
  type EntryInList,
  type EntryRecord,
  isDouble,
  isEntered,
  loadEntriesBeside,
  loadEntriesInOrder,
  loadFirstEntries,
} from './entries/entry-records.ts';
export { createForwarder } from './forwarder/forwarder.ts';
export { createJudgeAgain, type JudgeAgain, judgeCinemasAgain, settleJudged } from './judging/judge-again.ts';
export { createJudgingPool, type JudgingPool } from './judging/judging-pool.ts';
export { quarantineReview } from './judging/quarantine-review.ts';
export { requestReviews } from './judging/review-requests.ts';
export type { InSameTransaction } from './keeping/in-same-transaction.ts';
export type { KeepResult } from './keeping/keep.ts';
export { type Deadline, PLATFORM_DEADLINE, TERMINAL_DEADLINE } from './outbox/deadline.ts';
export { createOutbox, type Outbox, type ParkedRecord } from './outbox/outbox.ts';
export { receiveRecords } from './receiving/receive-records.ts';
export { findingJson } from './reconciliation/finding-json.ts';
export { FINDING_COLUMNS, failureRow, findingRow, RECONCILIATION_TITLE } from './reconciliation/finding-table.ts';
export { type Finding, isDifference } from './reconciliation/judge-pair.ts';
export { type HourPair, isEqualHour, pairHours } from './reconciliation/pair-hours.ts';
export {
  type CinemaOutcome,
  type Compared,
  cinemasToReconcile,
  countsOf,
  reconcileCinema,
  totalsOf,
} from './reconciliation/reconcile-cinema.ts';
export { summarizeDay } from './reconciliation/summarize-day.ts';
export { spokenWith } from './reconciliation/upstream-records.ts';
export { type Completeness, completenessOf, DEMANDED_PERCENT, isTooIncomplete } from './reports/completeness.ts';
export { countArrived } from './reports/count-arrived.ts';
export { countCompleteness } from './reports/count-completeness.ts';
export { type CountedBy, countDay, DIMENSIONS } from './reports/count-day.ts';
export { countUnsent } from './reports/count-unsent.ts';
export { countDaySteps } from './reports/day-steps.ts';
export {
  COMPLETENESS_COLUMNS,
  DAY_TITLE,
  dayColumns,
  dayRows,
  offlineShare,
  type ReportKind,
} from './reports/day-table.ts';
export { type FindLateRefunds, LINE_KEY, lateRefundsIn } from './reports/late-refunds.ts';
export { fileOf } from './reports/make-file.ts';
export { RECORDS_TITLE, recordColumns, wayJson } from './reports/record-table.ts';
export { type RecordWay, recordsUnder } from './reports/record-way.ts';
export { allFound, countFound, type RecordSearch, searchRecords } from './reports/search-records.ts';
export { type AskedCinemas, isOfCinemas, READ_AHEAD } from './reports/slices.ts';
export {
  type Column,
  type FileFormat,
  FORMATS,
  type Format,
  type Language,
  type Row,
  type Table,
} from './reports/table.ts';
export { watchCompleteness } from './reports/watch-completeness.ts';
export { waySteps } from './reports/way-steps.ts';
export { writeTable } from './reports/write-table.ts';
export { RETENTION_FLOORS, type RetentionTerms } from './retention/cutoff.ts';
export { newestCheck } from './retention/newest-check.ts';
export { purgeOldRecords } from './retention/purge-job.ts';
export {
  createRetention,
  PURGE_OPERATION,
  PURGING,
  type Purge,
  purgeDetails,
  purgeOutcome,
  type RetentionRules,
} from './retention/retention.ts';
export { retentionSettings } from './retention/retention-settings.ts';
export { inSlices, ROWS_A_SLICE, takeRows, type Walk, walkRows } from './retention/walk.ts';
export type { BesideRecords } from './retention/walk-records.ts';
export { recordJson } from './store/record-json.ts';
export { RECORD_STATES, type StatedRecord } from './store/record-states.ts';
export { createRecordStore, type RecordStore } from './store/record-store.ts';
export { loadEntriesOfTicket } from './store/records-of-ticket.ts';
export { type SalvagedFile, salvageRecords } from './store/salvage.ts';
export { salvagedReversals } from './store/salvaged-reversals.ts';
export { countParked, listStopped } from './store/stopped-records.ts';
export { checkRecordMigrations } from './tables/migrations.ts';
export type { ReceivedRecord } from './tables/received-record.ts';
export { keyOf, keyText, type ListPlace, type RecordKey } from './tables/record-key.ts';
export { isUndone, type KeptReversal, type ReceivedReversal, selectEntries } from './tables/reversal-rows.ts';
export type { CheckRecordTables } from './tables/tables.ts';
export { haveSameTicket, isOfTickets, TICKET_COLUMNS, type TicketKey, ticketText } from './tables/ticket-key.ts';
export {
  createReversals,
  insertKeptReversals,
  insertReversals,
  loadReversalsOf,
  type UndoInSameTransaction,
  type UndoneRecord,
} from './undo/reversals.ts';
export { createReversalSender } from './undo/send-reversals.ts';
