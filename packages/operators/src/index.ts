export { type CommandStore, createCommandStore } from './command-store.ts';
export { operationCommands } from './commands.ts';
export { type OperationTables, operationMigrations } from './migrations.ts';
export { newOperationId } from './operation.ts';
export { operatorCommands } from './operator-commands.ts';
export { operatorSettings } from './operator-settings.ts';
export { parseCinemaCodes } from './people/cinema-codes.ts';
export { type OperatorTables, operatorMigrations } from './people/operator-tables.ts';
