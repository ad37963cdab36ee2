export { type ChangeTables, changeMigrations, noteRefundsOf } from './change-tables.ts';
export { followChanges } from './following/follow-changes.ts';
export { type FollowedTables, followedMigrations } from './following/followed-tables.ts';
export { noteChange } from './note-change.ts';
export { serveChanges } from './serve-changes.ts';
