import {
  listCommand,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperation,
} from '@ticket-check/admin';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import type { CinemaCode, CinemaKey } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { openClaims, releaseClaims } from './declared-claims.ts';
import type { KnownTables } from './known-entries.ts';
import { countOpenClaims, longOpenSince, openClaimJson } from './open-claims.ts';

/** Claims whose check record has not come, for supervisors to release. Reading C8. */
export function claimsScreen(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  store: Store<KnownTables & OperationTables>,
  keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>,
  reading: Reading,
): PageSet {
  return {
    name: 'claims',
    screens: [{ path: '/claims', permission: 'claims.read', label: openClaims.title }],
    ...serveList(openClaims, { store, now, keysOf }, reading),
    counts: [
      {
        path: '/claims',
        permission: 'claims.read',
        count: async (cinemas) =>
          (await countOpenClaims(store.reports, { claimedUntil: longOpenSince(now), cinemas })).count,
      },
    ],
    actions: serveOperation(releaseClaims, {
      ...{ store, now },
      done: (claims, { reason, actor: operator }) =>
        logger.warn({ reason, claims, operator }, 'released claims for a supervisor'),
    }),
  };
}

/** Adds `claims open`, and `claims release` for claims that their terminal can no longer release. Reading C8. */
export function claimCommands(
  program: Command,
  { now, store }: { now: Clock; store: CommandStore<KnownTables> },
): void {
  const claims = program.command('claims').description('work with claims of terminals');
  listCommand(claims, openClaims, {
    store,
    source: (opened) => ({ store: opened, now, keysOf: async () => [] }),
    command: 'open',
    description: 'list claims without a check record, oldest first',
    usual: { overdue: '1' },
  });
  operationCommand(claims, releaseClaims, {
    ...{ store, now },
    saysFirst: true,
    done: (released) => released.map(openClaimJson),
    notice: async (released) => `Released claims: ${released.length}.`,
  });
}
