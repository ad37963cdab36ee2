export { type CommandStore, createCommandStore } from './command-store.ts';
export { operationCommands } from './commands.ts';
export { type OperationRow, type OperationTables, operationMigrations } from './migrations.ts';
export { newOperationId, type Operation } from './operation.ts';
