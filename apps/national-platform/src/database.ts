import {
  type ChangeTables,
  type CheckRecordTables,
  changeMigrations,
  checkRecordMigrations,
} from '@ticket-check/check-records';
import {
  type AccountTables,
  type AuthorityTables,
  accountMigrations,
  authorityMigrations,
} from '@ticket-check/exchange';
import {
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
} from '@ticket-check/operators';
import { mergeMigrations, openDataStore, type Store } from '@ticket-check/storage';
import { type CinemaTables, cinemaMigrations } from './cinemas/names.ts';
import { type ToldDayTables, toldDayMigrations } from './completeness/report-business-day.ts';
import type { NationalSettings } from './config.ts';
import { type ImportRequestTables, importRequestMigrations } from './intake/import-rows.ts';
import { type IntakeCountTables, intakeCountMigrations } from './intake/intake-counts.ts';
import { type PublicKeyTables, publicKeyMigrations } from './public-keys/cinema-keys.ts';
import { type TicketTables, ticketMigrations } from './tickets/write-tickets.ts';

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
