import {
  type CheckRecordTables,
  checkRecordMigrations,
  type FollowedTables,
  followedMigrations,
} from '@ticket-check/check-records';
import { type UpstreamTables, upstreamMigrations } from '@ticket-check/exchange';
import { type KeyCacheTables, keyCacheMigrations } from '@ticket-check/key-cache';
import {
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
} from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import { mergeMigrations, openDataStore, type Store } from '@ticket-check/storage';
import { type BadgeTables, badgeMigrations } from './badges/badges.ts';
import { type KnownChangeTables, knownChangeMigrations } from './changes/follow-upstream.ts';
import { type ClaimTables, claimMigrations } from './claims/release-claims.ts';
import type { TerminalSettings } from './config.ts';
import { type ETicketKeyTables, eTicketKeyMigrations } from './e-tickets/e-ticket-keys.ts';
import { type GateAlarmTables, gateAlarmMigrations } from './gate/gate-alarms.ts';
import { type PassageTables, passageMigrations } from './gate/passages.ts';
import { type PassOutTables, passOutMigrations } from './journal/pass-outs.ts';
import { type OverrideTables, overrideMigrations } from './journal/refusals.ts';
import { type ScanTables, scanMigrations } from './journal/scan-tables.ts';
import { type RecheckTables, recheckMigrations } from './recheck/recheck.ts';
import { type StoreOriginTables, storeOriginMigrations } from './store-recovery/open-served-store.ts';

export type TerminalTables = BadgeTables &
  PassOutTables &
  UpstreamTables &
  KeyCacheTables &
  CheckRecordTables &
  FollowedTables &
  KnownChangeTables &
  ScanTables &
  ETicketKeyTables &
  OverrideTables &
  GateAlarmTables &
  PassageTables &
  ClaimTables &
  RecheckTables &
  StoreOriginTables &
  OperationTables &
  OperatorTables;

export const terminalMigrations = mergeMigrations(
  upstreamMigrations,
  keyCacheMigrations,
  checkRecordMigrations,
  followedMigrations,
  knownChangeMigrations,
  scanMigrations,
  eTicketKeyMigrations,
  overrideMigrations,
  gateAlarmMigrations,
  passageMigrations,
  claimMigrations,
  recheckMigrations,
  storeOriginMigrations,
  operationMigrations,
  operatorMigrations,
  badgeMigrations,
  passOutMigrations,
);

/** Opens this terminal's encrypted store, creating it on the first start; agent and commands may open it at the same time. */
export const openTerminalStore = (
  settings: TerminalSettings,
  serving: { serves?: boolean; now?: Clock } = {},
): Promise<Store<TerminalTables>> => openDataStore(settings, terminalMigrations, serving);
