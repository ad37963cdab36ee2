export { LogChangedError } from './log-changed-error.ts';
export { type LogTables, logMigrations, logRowsOf } from './log-tables.ts';
export type { LoggedTable } from './logged-table.ts';
export { verifierKeyText } from './note/note-key.ts';
export { serveLog } from './serve-log.ts';
export { createTransparencyLog, type TransparencyLog } from './transparency-log.ts';
export type { LogFault } from './verify-log.ts';
export { askWitness, parseWitnessKey } from './witness/ask-witness.ts';
