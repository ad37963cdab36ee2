export { acrossCinemas } from './across-cinemas.ts';
export { backUp, restoreFile } from './backup/back-up.ts';
export { type CheckedFile, checkFile } from './backup/check-file.ts';
export { coalesce } from './coalesce.ts';
export { type DataSettings, lookAtDataStore, openDataStore, openServedDataStore } from './data-store.ts';
export { loadOrCreateKey } from './database-key.ts';
export { syncDirectory, writeDurably } from './durable-file.ts';
export { loadCurrentGeneration, noteBackup, noteReplacedGenerations, renewGeneration } from './generation.ts';
export { inOneTransaction, withTables } from './in-one-transaction.ts';
export { createJobs, DATABASE_NOW, nextOwner, type Taken, whileOwned } from './jobs.ts';
export type { Blocker, DuePart } from './migrate.ts';
export {
  type Engine,
  inOrder,
  type Migrations,
  makeAppendOnly,
  mergeMigrations,
} from './migrations.ts';
export { type Query, queryOverRows } from './query-over-rows.ts';
export { byCinema, type ColumnType, columnsOf, isOneOf } from './rows-as-table.ts';
export { type SalvagedRow, salvageRows } from './salvage/salvage-rows.ts';
export { serveStore, takeServeLock } from './serve-store.ts';
export { findDamage, listSetAside, setAside } from './set-aside.ts';
export { purgeInSlices, runSlice } from './slices.ts';
export { openStore, type Store } from './store.ts';
export { StoreError } from './store-error.ts';
export { explainFault, isLocked, isViolation, storeFault } from './store-fault.ts';
export { isSqliteUrl, parseSqliteUrl, sqliteUrl } from './store-url.ts';
export { writeTogether } from './together.ts';
