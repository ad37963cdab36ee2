export { accountCommands } from './accounts/commands.ts';
export {
  type AccountParts,
  accountChange,
  askedAlgorithm,
  declaredAccounts,
  oneAccount,
  unlessBadKey,
} from './accounts/declared-accounts.ts';
export {
  cinemaIn,
  cinemasIn,
  isOfNoOther,
  readPart,
  textOf,
} from './asked.ts';
export { auditCommands } from './audit-commands.ts';
export { entriesOfTicket } from './check-records/declared-records.ts';
export { concludeComparison, reconcileCommand } from './check-records/reconcile-command.ts';
export {
  listRecordCommands,
  outboundRecordCommands,
  receivedRecordCommands,
  undoneCommand,
} from './check-records/record-commands.ts';
export { datesToCompare, type ReportAdditions } from './check-records/report-source.ts';
export { purgeCommand, type RetentionCommands, retentionCommands } from './check-records/retention-commands.ts';
export { checkRecordPages, type ReportCommands, reportCommands } from './check-records/serve-records.ts';
export { outboxPages, quarantinePages } from './check-records/stopped-records.ts';
export { listCommand, operationCommand } from './declared/commands.ts';
export { asked, askedTicket, ticketIn } from './declared/field.ts';
export {
  type AskedRows,
  cinemaFilter,
  cinemasOf,
  dateFilter,
  datesAsked,
  datesFrom,
  filterOf,
  list,
  says,
  servedTogether,
  serveList,
  untilFilter,
} from './declared/list.ts';
export {
  type By,
  operation,
  operationTitles,
  runDeclared,
  serveOperation,
  serveOperations,
} from './declared/operation.ts';
export { createReading, type Reading } from './declared/reading.ts';
export type { InEachLanguage } from './language.ts';
export { migrationCommands } from './migration-commands.ts';
export { askedCinemas, cinemaCodesIn, shownCinemas } from './operators/declared-operators.ts';
export { operatorCommands } from './operators/serve-operators.ts';
export type {
  AskedList,
  JsonRequest,
  PageSet,
  Permits,
} from './page.ts';
export { DataRefused, PageError } from './sent-texts.ts';
export { servePages } from './serve-pages.ts';
export { besideConsole } from './session-cookie.ts';
export { settingsPages } from './settings-pages.ts';
export { backupCommands, storeCommands } from './store-commands.ts';
export { tokenCommands } from './tokens/tokens.ts';
export { upstreamCommands } from './upstreams/commands.ts';
export { enrolUpstream } from './upstreams/enrol-upstream.ts';
export { FORBIDDEN } from './words.ts';
