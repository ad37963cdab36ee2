import { ProtocolError, type ScreenCode } from '@ticket-check/protocol';
import { reasonOf, type Service } from '@ticket-check/runtime';
import type { Core } from '../core.ts';
import type { Device } from '../devices/run-devices.ts';
import { lcusBoard, modbusBoard } from './drivers/relay-boards.ts';
import { createRelayGate } from './drivers/relay-gate.ts';
import { createRelayPort, type RelayPort } from './drivers/relay-port.ts';
import { createNoteFault } from './gate-alarms.ts';
import { createNoDriver, type GateDriver } from './gate-driver.ts';
import type { DriverPlan, GatePlan, RelayPlan } from './gate-plan.ts';
import { watchPassages } from './passages.ts';

export type Gate = Device & GateDriver & { readonly screens: readonly ScreenCode[] | 'any' };

export type Gates = Awaited<ReturnType<typeof createGates>>;

export async function createGates(
  service: Service,
  parts: Core & {
    settings: { GATES: GatePlan; driverPlans: ReadonlyMap<string, DriverPlan>; DATA_DIR: string };
    driverOf?: ((gate: string) => GateDriver) | undefined;
  },
) {
  const { settings, driverOf } = parts;
  const noteFault = createNoteFault(service, parts);
  const watch = watchPassages(service, parts);
  const drivers = driverOf ?? (await createDrivers(settings.driverPlans, { ...service, dataDir: settings.DATA_DIR }));

  function gateOf(name: string, screens: Gate['screens']): Gate {
    const driver = drivers(name);
    const passages = driver.sensor === null ? null : watch(name, driver.sensor);
    return {
      ...driver,
      name,
      screens,
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

  const gates = new Map(settings.GATES.map(([name, screens]) => [name, gateOf(name, screens)]));
  const names = [...gates.keys()].join(', ');
  return {
    all: [...gates.values()],
    noteFault,
    /** @throws ProtocolError INVALID_QUERY if this terminal has no such gate. */
    named(name: string): Gate {
      const gate = gates.get(name);
      if (gate === undefined)
        throw new ProtocolError('INVALID_QUERY', `Gate: this terminal has ${names}, not ${name}.`);
      return gate;
    },
  };
}

/** Creates the driver of each gate, by name. Gates on one serial port share it. */
export async function createDrivers(
  plans: ReadonlyMap<string, DriverPlan>,
  { dataDir, now, logger }: { dataDir: string } & Pick<Service, 'now' | 'logger'>,
): Promise<(gate: string) => GateDriver> {
  const ports = new Map<string, RelayPort>();
  const portOf = ({ path, baudRate, driver }: RelayPlan): RelayPort => {
    const boardOn = driver === 'lcus' ? lcusBoard : modbusBoard;
    const port = ports.get(path) ?? createRelayPort({ path, baudRate, boardOn, logger });
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
