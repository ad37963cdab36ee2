export { type ChangeTables, changeMigrations, noteChange, noteRefundsOf } from './change-tables.ts';
export { type FollowedTables, followChanges, followedMigrations } from './follow-changes.ts';
export { serveChanges } from './serve-changes.ts';
