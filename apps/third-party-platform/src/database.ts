import { changeMigrations, checkRecordMigrations, followedMigrations } from '@ticket-check/check-records';
import {
  accountMigrations,
  authorityMigrations,
  enrolmentMigrations,
  sharedLimitMigrations,
  upstreamMigrations,
} from '@ticket-check/exchange';
import { keyCacheMigrations } from '@ticket-check/key-cache';
import { operationMigrations, operatorMigrations } from '@ticket-check/operators';
import { mergeMigrations, openDataStore, type Store, type TablesOf } from '@ticket-check/storage';
import { refundMigrations } from './changes/known-refunds.ts';
import { cinemaMigrations } from './cinemas/served-cinemas.ts';
import { claimMigrations } from './claims/claim-tables.ts';
import type { ThirdPartySettings } from './config.ts';
import { eTicketMigrations } from './e-tickets/e-ticket-tables.ts';
import { fleetMigrations } from './fleet/terminal-states.ts';
import { keyDemandMigrations } from './public-keys/key-demand.ts';
import { toldUpstreamMigrations } from './telling/tell-days.ts';
import { findingMigrations } from './worklist/worklist.ts';

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

export type ThirdPartyTables = TablesOf<typeof thirdPartyMigrations>;

export type ThirdPartyStore = Store<ThirdPartyTables>;

/** Opens the platform's store; the service and its commands may have it open at the same time. */
export const openDatabase = (settings: ThirdPartySettings): Promise<ThirdPartyStore> =>
  openDataStore(settings, thirdPartyMigrations);
