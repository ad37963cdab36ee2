export { changeAccount } from './accounts/change-account.ts';
export { accountCommands } from './accounts/commands.ts';
export { ActionRefused, action } from './action.ts';
export { cinemaIn, cinemasIn, pathWith, readPart, readPlace } from './asked.ts';
export { askedReason, LONGEST_REASON, REASON_WORDS } from './asked-reason.ts';
export { assertLive, dateIn, oneOf, textOf } from './check-records/asked.ts';
export { checkRecordPages } from './check-records/check-record-pages.ts';
export { outboxPages } from './check-records/outbox-pages.ts';
export { quarantinePages } from './check-records/quarantine-pages.ts';
export { type ReconcileCommand, reconcileCommand } from './check-records/reconcile-command.ts';
export {
  cinemaOption,
  lastDateOverOption,
  listRecordCommands,
  outboundRecordCommands,
  readable,
  receivedRecordCommands,
  recordIdArgument,
  undoneCommand,
} from './check-records/record-commands.ts';
export type { ReportAdditions } from './check-records/record-tables.ts';
export { type ReportCommands, reportCommands } from './check-records/report-commands.ts';
export { purgeCommand, type RetentionCommands, retentionCommands } from './check-records/retention-commands.ts';
export { DataRefused } from './data-refused.ts';
export type { InEachLanguage, Language } from './language.ts';
export { leavingConsole } from './leave-console.ts';
export { liveList } from './live/live-list.ts';
export type {
  Answer,
  AskedList,
  JsonRequest,
  Page,
  PageRequest,
  PageSet,
  Permits,
  SetRequest,
} from './page.ts';
export { PageError } from './page-error.ts';
export { servePages } from './serve-pages.ts';
export { settingsPages } from './settings/settings-pages.ts';
export { storeCommands } from './store-commands.ts';
export { upstreamCommands } from './upstreams/commands.ts';
export { enrolUpstream } from './upstreams/enrol-upstream.ts';
