import { openDataStore, type Store } from '@ticket-check/storage';
import type { TerminalSettings } from './config.ts';
import { type TerminalTables, terminalMigrations } from './migrations.ts';

/** Opens this terminal's encrypted store, made on the first start; the agent and its commands may have it open at once. */
export const openTerminalStore = (settings: TerminalSettings): Promise<Store<TerminalTables>> =>
  openDataStore(settings, terminalMigrations);
