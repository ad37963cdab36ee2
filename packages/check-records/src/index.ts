export { type ChangeTables, changeMigrations, noteChange, notingRefundsIn } from './changes/change-tables.ts';
export { type FollowedTables, followChanges, followedMigrations } from './changes/follow-changes.ts';
export { serveChanges } from './changes/serve-changes.ts';
export type { Complete } from './completion/completion.ts';
export { recordMetrics } from './delivery/reporting-check.ts';
export { type Reporting, startReporting } from './delivery/start-reporting.ts';
export * from './entries/entry-records.ts';
export { forwardingSettings } from './forwarder/settings.ts';
export { judgeCinemasAgain, requestReviews } from './judging/judge-again.ts';
export { createJudgingPool, type JudgingPool } from './judging/judging-pool.ts';
export type { InSameTransaction, KeepResult } from './keeping/keep.ts';
export { createOutbox } from './outbox/outbox.ts';
export { countUnsent, type Deadline, PLATFORM_DEADLINE, TERMINAL_DEADLINE } from './outbox/summary.ts';
export { receiveRecords } from './receiving/receive-records.ts';
export { FINDING_COLUMNS, findingJson } from './reconciliation/findings.ts';
export { isDifference } from './reconciliation/judge-pair.ts';
export { type HourPair, isEqualHour, pairHours } from './reconciliation/pair-up.ts';
export * from './reconciliation/reconcile-day.ts';
export { summarizeDay } from './reconciliation/summarize-day.ts';
export { spokenWith } from './reconciliation/upstream-records.ts';
export {
  countArrived,
  countCompleteness,
  countDaySteps,
  countMoney,
  countSessions,
  type MoneyLine,
  readAllParts,
  type SessionEntries,
  type SoldLine,
} from './reports/by-hour.ts';
export { countDay, DIMENSIONS } from './reports/count-day.ts';
export * from './reports/day-table.ts';
export { type FindLateRefunds, type LateRefunds, LINE_KEY, lateRefundsIn } from './reports/doubles-and-refunds.ts';
export { recordColumns, wayJson } from './reports/record-table.ts';
export { type RecordWay, recordsUnder, waySteps } from './reports/record-way.ts';
export * from './reports/report-line.ts';
export * from './reports/search-records.ts';
export * from './reports/table.ts';
export { watchCompleteness } from './reports/watch-completeness.ts';
export { newestCheck, purgeOldRecords } from './retention/purge-job.ts';
export * from './retention/retention.ts';
export { type BesideRecords, RETENTION_FLOORS, type RetentionTerms, retentionSettings } from './retention/rule.ts';
export { inSlices, ROWS_A_SLICE, takeRows, type Walk, walkRows } from './retention/walk.ts';
export { recordJson } from './store/list-records.ts';
export * from './store/record-states.ts';
export { createRecordStore, type RecordStore } from './store/record-store.ts';
export { type SalvagedFile, salvageRecords } from './store/salvage.ts';
export * from './tables/keys.ts';
export { checkRecordMigrations } from './tables/migrations.ts';
export { byMonth, makeMonths, monthOf, monthsFrom, packMonths } from './tables/months.ts';
export type { ReceivedRecord, Suspicion } from './tables/received-record.ts';
export * from './tables/reversal-rows.ts';
export { listSuspicious } from './tables/suspicious-rows.ts';
export type { CheckRecordTables } from './tables/tables.ts';
export { createReversals, insertReversals, loadReversalsOf, type UndoInSameTransaction } from './undo/reversals.ts';
