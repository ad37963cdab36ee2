import type { AccountTables } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
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

/** In a sentence, how many check records the terminal of an account had still to report when it was last heard. */
export async function leftBehind({ db }: Store<FleetTables>, username: string): Promise<string> {
  const last = await db
    .selectFrom('terminalState')
    .select(['heardAt', 'state'])
    .where('account', '=', username)
    .executeTakeFirst();
  if (last === undefined) {
    return 'No terminal has told its state with it, so how many check records are still to be reported is not known.';
  }
  const { waiting, parked } = JSON.parse(last.state) as { waiting: number; parked: number };
  return `Its terminal said at ${wallClockAt(last.heardAt)} that ${waiting + parked} check records are still to be reported: report them first.`;
}
