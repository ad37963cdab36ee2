export { cinemaOption, sinceOption } from './command-options.ts';
export { type Complete, type Completion, type CompletionOptions, createCompletion } from './completion.ts';
export { type Deadline, PLATFORM_DEADLINE, TERMINAL_DEADLINE } from './deadline.ts';
export type { DoubleEntry, Entry } from './entries.ts';
export { createEntryBound, type EntryBound } from './entry-bound.ts';
export { type EntryRecord, loadEntriesBeside, loadFirstEntries } from './entry-records.ts';
export {
  createForwarder,
  type Forwarder,
  type ForwarderOptions,
  type ForwarderStatus,
  type Holdup,
} from './forwarder/forwarder.ts';
export type { ForwarderSettings } from './forwarder/settings.ts';
export { forwardingSettings } from './forwarding-settings.ts';
export type { InSameTransaction } from './in-same-transaction.ts';
export { type Judgement, judge } from './judging/judge.ts';
export type { JudgingOptions } from './judging/judging.ts';
export { createJudgingPool, type JudgingPool } from './judging/judging-pool.ts';
export { createQuarantineReview, type QuarantineReview } from './judging/quarantine-review.ts';
export { requestReviews } from './judging/review-requests.ts';
export type { KeepResult } from './keep.ts';
export { listRecordCommands } from './list-commands.ts';
export { recordMetrics } from './metrics.ts';
export { checkRecordMigrations } from './migrations.ts';
export { type OutboundRecordCommands, outboundRecordCommands } from './outbound-commands.ts';
export type { Outbox, ParkedRecord } from './outbox.ts';
export { createQuarantineBound, type QuarantineBound } from './quarantine-bound.ts';
export { type Receiving, receiveRecords } from './receive-records.ts';
export { receivedRecordCommands } from './received-commands.ts';
export type { QuarantineCode, ReceivedRecord } from './received-record.ts';
export { createRecordStore, type Queued, type RecordStore } from './record-store.ts';
export { type ReportApiOptions, reportApi } from './report-api.ts';
export { createRestoreWatch, type RestoreWatch } from './restore-watch.ts';
export { type Salvaged, salvagedRecords, salvageRecords } from './salvage.ts';
export { standstills } from './standstill.ts';
export { type Reporting, startReporting } from './start-reporting.ts';
export type { Summary } from './summary.ts';
export type { CheckRecordTables } from './tables.ts';
export { TICKET_COLUMNS, type TicketKey, ticketText } from './ticket-key.ts';
export { watchDeadlines } from './watch-deadlines.ts';
