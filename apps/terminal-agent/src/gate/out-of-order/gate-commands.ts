import type { CommandStore } from '@ticket-check/operators';
import { ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { DriverPlan } from '../drivers/plan-drivers.ts';
import { clearOutOfOrder, loadOutOfOrder, outOfOrderJson } from './out-of-order.ts';
import type { OutOfOrderTables } from './out-of-order-tables.ts';

/** Adds `gate list` and `gate clear`, which act on a running agent too. */
export function gateCommands(
  program: Command,
  { store, plans }: { store: CommandStore<OutOfOrderTables>; plans: () => ReadonlyMap<string, DriverPlan> },
): void {
  const gate = program.command('gate').description('the gates of this terminal');

  gate
    .command('list')
    .description('print the gates, what opens each, and which are out of order, as lines of JSON')
    .action(async () => {
      const marked = await store.read((opened) => loadOutOfOrder(opened));
      for (const [name, { driver }] of plans()) {
        const { since = null, what = null } = marked.get(name) ?? {};
        printResult(JSON.stringify({ Gate: name, Driver: driver, OutOfOrderSince: since, What: what }));
      }
    });

  gate
    .command('clear')
    .description('say that a gate which was out of order works again; one that still fails is marked anew')
    .argument('<gate>', 'its name, as `gate list` prints it')
    .action(async (name: string) => {
      const cleared = await store.change(
        { name: 'gate clear', what: { gate: name }, needs: 'gates.clear' },
        async ({ db }) => {
          const found = await clearOutOfOrder(db, name);
          if (found === null)
            throw new ExpectedError(`${name} is not out of order: \`gate list\` prints which gates are.`);
          return found;
        },
        (found) => ({ before: outOfOrderJson(found) }),
      );
      printResult(JSON.stringify(outOfOrderJson(cleared)));
      printNotice('Cleared. If it fails again, it is out of order again.');
    });
}
