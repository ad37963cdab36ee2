import type { CommandStore } from '@ticket-check/operators';
import { ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { DriverPlan } from './gate-plan.ts';
import { clearOutOfOrder, loadOutOfOrder, type OutOfOrderTables, outOfOrderJson } from './out-of-order.ts';
import { acknowledgePassages, loadUnadmitted, type PassageTables, unadmittedJson } from './passages.ts';

/** Adds `gate list`, `gate clear` and `gate acknowledge`, which also take effect on a running agent. */
export function gateCommands(
  program: Command,
  {
    store,
    plans,
  }: { store: CommandStore<OutOfOrderTables & PassageTables>; plans: () => ReadonlyMap<string, DriverPlan> },
): void {
  const gate = program.command('gate').description("work with this terminal's gates");

  gate
    .command('list')
    .description('list gates, their drivers and faults as lines of JSON')
    .action(async () => {
      const [marked, unadmitted] = await store.read((opened) =>
        Promise.all([loadOutOfOrder(opened), loadUnadmitted(opened)]),
      );
      for (const [name, plan] of plans()) {
        const { since = null, what = null } = marked.get(name) ?? {};
        const sensor = 'sensor' in plan ? plan.sensor : null;
        const passed = unadmitted.get(name);
        printResult(
          JSON.stringify({
            ...{ Gate: name, Driver: plan.driver, OutOfOrderSince: since, What: what },
            ...(sensor !== null && { Sensor: sensor.input }),
            ...(passed !== undefined && { Unadmitted: unadmittedJson(passed) }),
          }),
        );
      }
    });

  gate
    .command('clear')
    .description('clear a gate that was out of order')
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

  gate
    .command('acknowledge')
    .description('acknowledge people who passed a gate unadmitted')
    .argument('<gate>', 'its name, as `gate list` prints it')
    .action(async (name: string) => {
      const seen = await store.change(
        { name: 'gate acknowledge', what: { gate: name }, needs: 'gates.clear' },
        async ({ db }) => {
          const found = await acknowledgePassages(db, name);
          if (found === null) throw new ExpectedError(`Nobody went through ${name} without being admitted.`);
          return found;
        },
        (found) => ({ before: unadmittedJson(found) }),
      );
      printResult(JSON.stringify(unadmittedJson(seen)));
    });
}
