import type { CommandStore } from '@ticket-check/operators';
import { ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { type AlarmEnd, endAlarm, type GateAlarmTables, loadAlarms, passedJson } from './gate-alarms.ts';
import type { DriverPlan } from './gate-plan.ts';

const ENDS: readonly { by: AlarmEnd; help: string; none: (gate: string) => string; done?: string }[] = [
  {
    by: 'clear',
    help: 'clear a gate that was out of order',
    none: (gate) => `${gate} is not out of order: \`gate list\` prints which gates are.`,
    done: 'Cleared. If it fails again, it is out of order again.',
  },
  {
    by: 'acknowledge',
    help: 'acknowledge people who passed a gate unadmitted',
    none: (gate) => `Nobody went through ${gate} without being admitted.`,
  },
];

/** Adds `gate list`, `gate clear` and `gate acknowledge`, which also take effect on a running agent. */
export function gateCommands(
  program: Command,
  { store, plans }: { store: CommandStore<GateAlarmTables>; plans: () => ReadonlyMap<string, DriverPlan> },
): void {
  const gate = program.command('gate').description("work with this terminal's gates");

  gate
    .command('list')
    .description('list gates, their drivers and faults as lines of JSON')
    .action(async () => {
      const [marked, unadmitted] = await store.read((opened) =>
        Promise.all([loadAlarms(opened, 'out-of-order'), loadAlarms(opened, 'passed')]),
      );
      for (const [name, plan] of plans()) {
        const { since = null, what = null } = marked.get(name) ?? {};
        const sensor = 'sensor' in plan ? plan.sensor : null;
        const passed = unadmitted.get(name);
        printResult(
          JSON.stringify({
            ...{ Gate: name, Driver: plan.driver, OutOfOrderSince: since, What: what },
            ...(sensor !== null && { Sensor: sensor.input }),
            ...(passed !== undefined && { Unadmitted: passedJson(passed) }),
          }),
        );
      }
    });

  for (const { by, help, none, done } of ENDS) {
    gate
      .command(by)
      .description(help)
      .argument('<gate>', 'its name, as `gate list` prints it')
      .action(async (name: string) => {
        const ended = await store.change(
          { name: `gate ${by}`, what: { gate: name }, needs: 'gates.clear' },
          async ({ db }) => {
            const found = await endAlarm(db, by, name);
            if (found === null) throw new ExpectedError(none(name));
            return found;
          },
          (before) => ({ before }),
        );
        printResult(JSON.stringify(ended));
        if (done !== undefined) printNotice(done);
      });
  }
}
