export { makeAppendOnly, refuseReplacement } from './append-only.ts';
export { coalesce } from './coalesce.ts';
export type { QueryOverRows } from './compile-for-rows.ts';
export { type DataSettings, openDataStore, openServedDataStore } from './data-store.ts';
export { loadOrCreateKey } from './database-key.ts';
export {
  loadCurrentGeneration,
  loadReplacedGenerations,
  noteReplacedGenerations,
  renewGeneration,
} from './generation.ts';
export { inOneTransaction } from './in-one-transaction.ts';
export { createJobs } from './jobs.ts';
export { isOneOf } from './long-lists.ts';
export { type Engine, type Migrations, mergeMigrations } from './migrations.ts';
export { queryOverRows } from './query-over-rows.ts';
export type { ColumnType } from './rows-as-table.ts';
export { salvageRows } from './salvage/salvage-rows.ts';
export type { SalvagedRow } from './salvage/table-rows.ts';
export { takeServeLock } from './serve-lock.ts';
export { serveStore } from './serve-store.ts';
export { findDamage, finishSettingAside, listSetAside, setAside } from './set-aside.ts';
export { type Pause, purgeInSlices, runSlice } from './slices.ts';
export { sqliteUrl } from './sqlite/sqlite-url.ts';
export { openStore, type Store } from './store.ts';
export { storeFault } from './store-fault.ts';
export { isViolation } from './violation.ts';
export { withTables } from './with-tables.ts';
