export { coalesce } from './coalesce.ts';
export { loadOrCreateKey } from './database-key.ts';
export { renewGeneration } from './generation.ts';
export type { Engine, Migrations } from './migrations.ts';
export type { QueryOverRows } from './query-over-rows.ts';
export type { ColumnType, RowOf } from './rows-from.ts';
export { sqliteUrl } from './sqlite/sqlite-url.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
