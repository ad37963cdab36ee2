import type { AccountTables } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { fleetJson, loadFleet } from './load-fleet.ts';
import type { FleetTables } from './terminal-states.ts';

/** Adds `fleet list`. */
export function fleetCommands(
  program: Command,
  { store, now }: { store: CommandStore<AccountTables & FleetTables>; now: Clock },
): void {
  program
    .command('fleet')
    .description('the terminals of this platform')
    .command('list')
    .description(
      'print every terminal, what it told last and what there is to do, the worst first, one JSON object a line',
    )
    .action(() =>
      store.look({ name: 'fleet list', what: {} }, async (opened, print) => {
        for (const member of await loadFleet(opened, { now: now(), cinemas: 'all' })) {
          print(fleetJson(member, 'all'));
        }
      }),
    );
}
