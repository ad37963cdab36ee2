import {
  type ChangeTables,
  type CheckRecordTables,
  changeMigrations,
  checkRecordMigrations,
  type FollowedTables,
  followedMigrations,
} from '@ticket-check/check-records';
import {
  type AccountTables,
  type AuthorityTables,
  accountMigrations,
  authorityMigrations,
  type EnrolmentTables,
  enrolmentMigrations,
  type SharedLimitTables,
  sharedLimitMigrations,
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
import { mergeMigrations, openDataStore, type Store } from '@ticket-check/storage';
import { type RefundTables, refundMigrations } from './changes/known-refunds.ts';
import { type CinemaTables, cinemaMigrations } from './cinemas/served-cinemas.ts';
import { type ClaimTables, claimMigrations } from './claims/claim-tables.ts';
import type { ThirdPartySettings } from './config.ts';
import { type ETicketTables, eTicketMigrations } from './e-tickets/e-ticket-tables.ts';
import { type FleetTables, fleetMigrations } from './fleet/terminal-states.ts';
import { type KeyDemandTables, keyDemandMigrations } from './public-keys/key-demand.ts';
import { type ToldUpstreamTables, toldUpstreamMigrations } from './telling/tell-days.ts';
import { type FindingTables, findingMigrations } from './worklist/worklist.ts';

/** Everything that the platform's store holds. */
export type ThirdPartyTables = AccountTables &
  UpstreamTables &
  CinemaTables &
  KeyCacheTables &
  KeyDemandTables &
  CheckRecordTables &
  ChangeTables &
  FollowedTables &
  RefundTables &
  ClaimTables &
  ETicketTables &
  FleetTables &
  EnrolmentTables &
  SharedLimitTables &
  FindingTables &
  ToldUpstreamTables &
  OperationTables &
  OperatorTables &
  AuthorityTables;

export const thirdPartyMigrations = mergeMigrations(
  accountMigrations,
  authorityMigrations,
  upstreamMigrations,
  cinemaMigrations,
  keyCacheMigrations,
  keyDemandMigrations,
  checkRecordMigrations,
  claimMigrations,
  eTicketMigrations,
  fleetMigrations,
  enrolmentMigrations,
  sharedLimitMigrations,
  findingMigrations,
  toldUpstreamMigrations,
  changeMigrations,
  followedMigrations,
  refundMigrations,
  operationMigrations,
  operatorMigrations,
);

export type ThirdPartyStore = Store<ThirdPartyTables>;

/** Opens the platform's store; the service and its commands may have it open at the same time. */
export const openDatabase = (settings: ThirdPartySettings): Promise<ThirdPartyStore> =>
  openDataStore(settings, thirdPartyMigrations);
