import { ProtocolError, type ScreenCode } from '@ticket-check/protocol';
import { type Clock, type Logger, reasonOf } from '@ticket-check/runtime';
import type { Device } from '../devices/run-devices.ts';
import { lcusBoard, modbusBoard } from './drivers/relay-boards.ts';
import { createRelayGate } from './drivers/relay-gate.ts';
import { createRelayPort, type RelayPort } from './drivers/relay-port.ts';
import type { NoteFault } from './gate-alarms.ts';
import { createNoDriver, type GateDriver, NO_DRIVER, type PassageSensor } from './gate-driver.ts';
import type { DriverPlan, GatePlan, RelayPlan } from './gate-plan.ts';
import type { PassageWatch } from './passages.ts';

/** A gate: its name, the screens behind it, and how it opens. */
export type Gate = Device &
  GateDriver & {
    readonly screens: readonly ScreenCode[] | 'any';
    /** Whether there is no hardware that could fail to open: staff let the guest in by the verdict. */
    readonly opensByAnswer: boolean;
  };

export type Gates = {
  readonly all: readonly Gate[];
  /** @throws ProtocolError INVALID_QUERY if this terminal has no such gate. */
  named(name: string): Gate;
};

type GateParts = {
  driverOf: (gate: string) => GateDriver;
  noteFault: NoteFault;
  watchPassages: (gate: string, sensor: PassageSensor) => PassageWatch;
};

/** Creates the gates of the settings, each with its driver. */
export function plannedGates(plan: GatePlan, parts: GateParts): Gates {
  const gates = new Map(plan.map(([name, screens]) => [name, gateOf(name, screens, parts)]));
  const names = [...gates.keys()].join(', ');
  return {
    all: [...gates.values()],
    named(name) {
      const gate = gates.get(name);
      if (gate === undefined)
        throw new ProtocolError('INVALID_QUERY', `Gate: this terminal has ${names}, not ${name}.`);
      return gate;
    },
  };
}

function gateOf(name: string, screens: Gate['screens'], { driverOf, noteFault, watchPassages }: GateParts): Gate {
  const driver = driverOf(name);
  const passages = driver.sensor === null ? null : watchPassages(name, driver.sensor);
  return {
    ...driver,
    name,
    screens,
    opensByAnswer: driver.driver === NO_DRIVER && !driver.barrier,
    async open(recordId) {
      passages?.admitted(recordId);
      try {
        await driver.open(recordId);
      } catch (error) {
        passages?.notOpened(recordId);
        await noteFault(name, `it did not open: ${reasonOf(error)}`);
        throw error;
      }
    },
  };
}

/** Creates the driver of each gate, by name. Gates on one serial port share it. */
export async function createDrivers(
  plans: ReadonlyMap<string, DriverPlan>,
  options: { dataDir: string; now: Clock; logger: Pick<Logger, 'info' | 'warn'> },
): Promise<(gate: string) => GateDriver> {
  const { dataDir, now, logger } = options;
  const ports = new Map<string, RelayPort>();
  const portOf = ({ path, baudRate, driver }: RelayPlan): RelayPort => {
    const port =
      ports.get(path) ??
      createRelayPort({
        path,
        baudRate,
        boardOn: driver === 'lcus' ? lcusBoard : modbusBoard,
        logger,
      });
    ports.set(path, port);
    return port;
  };

  const drivers = new Map<string, GateDriver>();
  for (const [gate, plan] of plans) {
    if (plan.driver === 'none') drivers.set(gate, createNoDriver(gate, logger));
    else if (plan.driver !== 'webhook') drivers.set(gate, createRelayGate(plan, portOf(plan)));
    else {
      const { createWebhookGate, ensureWebhookSecret } = await import('./drivers/webhook-gate.ts');
      drivers.set(gate, createWebhookGate(gate, plan, { secret: await ensureWebhookSecret(dataDir), now }));
    }
  }
  return (gate) => drivers.get(gate) ?? createNoDriver(gate, logger);
}
