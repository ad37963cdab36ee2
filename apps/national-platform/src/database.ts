import type { ChangeTables } from '@ticket-check/changes';
import type { CheckRecordTables } from '@ticket-check/check-records';
import type { AccountTables, AuthorityTables } from '@ticket-check/exchange';
import type { OperationTables, OperatorTables } from '@ticket-check/operators';
import type { Logger } from '@ticket-check/runtime';
import { openDataStore, openServedDataStore, type Store } from '@ticket-check/storage';
import type { CinemaTables } from './cinemas/cinema-tables.ts';
import type { ToldDayTables } from './completeness/told-day-tables.ts';
import type { NationalSettings } from './config.ts';
import type { ImportRequestTables } from './intake/import-requests.ts';
import type { IntakeCountTables } from './intake/intake-counts.ts';
import { nationalMigrations } from './migrations.ts';
import type { PublicKeyTables } from './public-keys/public-key-tables.ts';
import type { TicketTables } from './tickets/ticket-tables.ts';

export type NationalTables = AccountTables &
  ChangeTables &
  CheckRecordTables &
  CinemaTables &
  ImportRequestTables &
  IntakeCountTables &
  AuthorityTables &
  OperationTables &
  OperatorTables &
  PublicKeyTables &
  TicketTables &
  ToldDayTables;

export type NationalStore = Store<NationalTables>;

/** Opens the platform's store; the service and its commands may have it open at the same time. */
export const openDatabase = (settings: NationalSettings): Promise<NationalStore> =>
  openDataStore(settings, nationalMigrations);

/** Opens the store to serve from it. */
export const openServedDatabase = (
  settings: NationalSettings,
  now: () => number,
  logger: Logger,
): Promise<NationalStore> =>
  openServedDataStore(settings, nationalMigrations, {
    now,
    onNewGeneration: ({ generation, replaces }) =>
      logger.warn({ generation, replaces }, 'began a new generation: PostgreSQL may lack records'),
  });
