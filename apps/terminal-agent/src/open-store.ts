import { openDataStore, type Store } from '@ticket-check/storage';
import type { TerminalSettings } from './config.ts';
import { type TerminalTables, terminalMigrations } from './migrations.ts';

/** Opens this terminal's encrypted store, creating it on the first start; agent and commands may open it at the same time. */
export const openTerminalStore = (settings: TerminalSettings): Promise<Store<TerminalTables>> =>
  openDataStore(settings, terminalMigrations);
