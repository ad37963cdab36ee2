export { type ChangeTables, changeMigrations, noteRefundsOf } from './change-tables.ts';
export { serveChanges } from './serve-changes.ts';
