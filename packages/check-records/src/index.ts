export { cinemaOption, lastDateOverOption, readable, recordIdArgument } from './commands/command-options.ts';
export { listRecordCommands } from './commands/list-commands.ts';
export { outboundRecordCommands } from './commands/outbound-commands.ts';
export { receivedRecordCommands } from './commands/received-commands.ts';
export { undoneCommand } from './commands/undone-command.ts';
export type { Complete } from './completion/completion.ts';
export { assertLive, dateIn } from './console/asked.ts';
export { checkRecordPages } from './console/check-record-pages.ts';
export { outboxPages } from './console/outbox-pages.ts';
export { quarantinePages } from './console/quarantine-pages.ts';
export { forwardingSettings } from './delivery/forwarding-settings.ts';
export { recordMetrics } from './delivery/metrics.ts';
export { type Reporting, startReporting } from './delivery/start-reporting.ts';
export {
  type EntryInList,
  type EntryRecord,
  isDouble,
  isEntered,
  loadEntriesBeside,
  loadEntriesInOrder,
  loadFirstEntries,
} from './entries/entry-records.ts';
export { createJudgingPool, type JudgingPool } from './judging/judging-pool.ts';
export { requestReviews } from './judging/review-requests.ts';
export type { InSameTransaction } from './keeping/in-same-transaction.ts';
export type { KeepResult } from './keeping/keep.ts';
export { PLATFORM_DEADLINE, TERMINAL_DEADLINE } from './outbox/deadline.ts';
export { createOutbox } from './outbox/outbox.ts';
export { receiveRecords } from './receiving/receive-records.ts';
export { type HourPair, isEqualHour, pairHours } from './reconciliation/pair-hours.ts';
export { type ReconcileCommand, reconcileCommand } from './reconciliation/reconcile-command.ts';
export { summarizeDay } from './reconciliation/summarize-day.ts';
export { spokenWith } from './reconciliation/upstream-records.ts';
export { type ReportAdditions, type ReportCommands, reportCommands } from './reports/commands.ts';
export { type Completeness, completenessOf, DEMANDED_PERCENT, isTooIncomplete } from './reports/completeness.ts';
export { countArrived } from './reports/count-arrived.ts';
export { countCompleteness } from './reports/count-completeness.ts';
export { countDay } from './reports/count-day.ts';
export { countUnsent } from './reports/count-unsent.ts';
export { createDaySteps } from './reports/day-steps.ts';
export { COMPLETENESS_COLUMNS, offlineShare } from './reports/day-table.ts';
export { foldLines } from './reports/fold-lines.ts';
export { type FindLateRefunds, LINE_KEY, lateRefundsIn } from './reports/late-refunds.ts';
export { recordsUnder } from './reports/record-way.ts';
export { searchRecords } from './reports/search-records.ts';
export { isOfCinemas } from './reports/slices.ts';
export type { Column, InBoth, Language, Row } from './reports/table.ts';
export { watchCompleteness } from './reports/watch-completeness.ts';
export { RETENTION_FLOORS } from './retention/cutoff.ts';
export { newestCheck } from './retention/newest-check.ts';
export { purgeOldRecords } from './retention/purge-job.ts';
export { createRetention, type RetentionRules } from './retention/retention.ts';
export { purgeCommand, type RetentionCommands, retentionCommands } from './retention/retention-commands.ts';
export { retentionSettings } from './retention/retention-settings.ts';
export { inSlices, ROWS_A_SLICE, takeRows, type Walk, walkRows } from './retention/walk.ts';
export type { BesideRecords } from './retention/walk-records.ts';
export type { StatedRecord } from './store/record-states.ts';
export { createRecordStore, type RecordStore } from './store/record-store.ts';
export { loadEntriesOfTicket } from './store/records-of-ticket.ts';
export { type SalvagedFile, salvageRecords } from './store/salvage.ts';
export { salvagedReversals } from './store/salvaged-reversals.ts';
export { checkRecordMigrations } from './tables/migrations.ts';
export type { ReceivedRecord } from './tables/received-record.ts';
export { isUndone, type KeptReversal, type ReceivedReversal } from './tables/reversal-rows.ts';
export type { CheckRecordTables } from './tables/tables.ts';
export { isOfTickets, TICKET_COLUMNS, type TicketKey, ticketText } from './tables/ticket-key.ts';
export {
  createReversals,
  insertKeptReversals,
  insertReversals,
  loadReversalsOf,
  type UndoInSameTransaction,
} from './undo/reversals.ts';
