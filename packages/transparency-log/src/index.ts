export { askWitness, parseWitnessKey } from './ask-witness.ts';
export type { LoggedTable } from './log-tables.ts';
export { LogChangedError, type LogTables, logMigrations, logRowsOf } from './log-tables.ts';
export { verifierKeyText } from './note.ts';
export { createTransparencyLog, serveLog, type TransparencyLog } from './transparency-log.ts';
export type { LogFault } from './verify-log.ts';
