import { type CheckRecordTables, checkRecordMigrations } from '@ticket-check/check-records';
import {
  type AccountTables,
  type AuthorityTables,
  accountMigrations,
  authorityMigrations,
  type UpstreamTables,
  upstreamMigrations,
} from '@ticket-check/exchange';
import { type KeyCacheTables, keyCacheMigrations } from '@ticket-check/key-cache';
import {
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
} from '@ticket-check/operators';
import { mergeMigrations } from '@ticket-check/storage';
import { type CinemaTables, cinemaMigrations } from './cinemas/cinema-tables.ts';
import { type ClaimTables, claimMigrations } from './claims/claim-tables.ts';

/** Everything that the platform's store holds. */
export type ThirdPartyTables = AccountTables &
  UpstreamTables &
  CinemaTables &
  KeyCacheTables &
  CheckRecordTables &
  ClaimTables &
  OperationTables &
  OperatorTables &
  AuthorityTables;

export const thirdPartyMigrations = mergeMigrations(
  accountMigrations,
  authorityMigrations,
  upstreamMigrations,
  cinemaMigrations,
  keyCacheMigrations,
  checkRecordMigrations,
  claimMigrations,
  operationMigrations,
  operatorMigrations,
);
