import { listCommand, type PageSet, type Reading, serveList } from '@ticket-check/admin';
import type { AccountTables } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import type { ReportedDouble } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { declaredFleet } from './declared-fleet.ts';
import { loadTerminalNames } from './load-fleet.ts';
import { createTerminalStates, type FleetTables, reportTerminalStateApi } from './terminal-states.ts';
import { fleetCheck, fleetMetrics } from './watch-fleet.ts';

const WRITE_MS = 1000;

/** The terminals of this platform: the state that each reports, and what there is to do about it. Reading X8. */
export function createFleet(
  service: Service,
  store: Store<AccountTables & FleetTables>,
  doublesToTell: (account: string) => Promise<readonly ReportedDouble[]>,
  reading: Reading,
) {
  const { now, metrics } = service;
  const listed = declaredFleet(now);
  const states = createTerminalStates(store, now);
  service.check(fleetCheck(store, now));
  fleetMetrics(metrics, store, now);
  service.job({
    name: 'terminal states',
    // Each writes what it received itself.
    runs: 'everywhere',
    everyMs: WRITE_MS,
    run: states.write,
  });
  service.defer(states.write);

  return {
    api: reportTerminalStateApi(states, doublesToTell),
    /** What the console shows of them. */
    pages: {
      name: 'fleet',
      screens: [{ path: '/fleet', permission: listed.permission, label: listed.title }],
      ...serveList(listed, store, reading),
      names: [{ kind: 'account', permission: 'records.read', names: (of) => loadTerminalNames(store, of) }],
    } satisfies PageSet,
  };
}

/** Adds `fleet list`. */
export function fleetCommands(
  program: Command,
  { store, now }: { store: CommandStore<AccountTables & FleetTables>; now: Clock },
): void {
  const group = program.command('fleet').description('the terminals of this platform');
  listCommand(group, declaredFleet(now), {
    store,
    source: (opened: Store<AccountTables & FleetTables>) => opened,
    command: 'list',
    description: 'list terminals with their state and what to do',
  });
}
