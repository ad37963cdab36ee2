import { changeMigrations } from '@ticket-check/changes';
import { checkRecordMigrations } from '@ticket-check/check-records';
import { accountMigrations, authorityMigrations } from '@ticket-check/exchange';
import { operationMigrations, operatorMigrations } from '@ticket-check/operators';
import { mergeMigrations } from '@ticket-check/storage';
import { cinemaMigrations } from './cinemas/cinema-tables.ts';
import { toldDayMigrations } from './completeness/told-day-tables.ts';
import { importRequestMigrations } from './intake/import-requests.ts';
import { intakeCountMigrations } from './intake/intake-counts.ts';
import { publicKeyMigrations } from './public-keys/public-key-tables.ts';
import { ticketMigrations } from './tickets/ticket-tables.ts';

/** Every table of the national platform. */
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
