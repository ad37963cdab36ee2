import { changeMigrations, checkRecordMigrations } from '@ticket-check/check-records';
import { accountMigrations, authorityMigrations } from '@ticket-check/exchange';
import { operationMigrations, operatorMigrations } from '@ticket-check/operators';
import { mergeMigrations, openDataStore, type Store, type TablesOf } from '@ticket-check/storage';
import { cinemaMigrations } from './cinemas/names.ts';
import { toldDayMigrations } from './completeness/report-business-day.ts';
import type { NationalSettings } from './config.ts';
import { importRequestMigrations } from './intake/import-rows.ts';
import { intakeCountMigrations } from './intake/intake-counts.ts';
import { publicKeyMigrations } from './public-keys/cinema-keys.ts';
import { ticketMigrations } from './tickets/write-tickets.ts';

export const nationalMigrations = mergeMigrations(
  accountMigrations,
  authorityMigrations,
  cinemaMigrations,
  publicKeyMigrations,
  changeMigrations,
  ticketMigrations,
  checkRecordMigrations,
  importRequestMigrations,
  intakeCountMigrations,
  operationMigrations,
  operatorMigrations,
  toldDayMigrations,
);

export type NationalTables = TablesOf<typeof nationalMigrations>;

export type NationalStore = Store<NationalTables>;

/** Opens the platform's store; the service and its commands may have it open at the same time. */
export const openDatabase = (settings: NationalSettings): Promise<NationalStore> =>
  openDataStore(settings, nationalMigrations);
