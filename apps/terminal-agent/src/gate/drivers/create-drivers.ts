import type { Clock, Logger } from '@ticket-check/runtime';
import { createNoDriver, type GateDriver } from '../gate-driver.ts';
import type { DriverPlan, RelayPlan } from '../gate-plan.ts';
import { lcusBoard, modbusBoard } from './relay-boards.ts';
import { createRelayGate } from './relay-gate.ts';
import { createRelayPort, type RelayPort } from './relay-port.ts';

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
      const { createWebhookGate, ensureWebhookSecret } = await import('./webhook-gate.ts');
      drivers.set(gate, createWebhookGate(gate, plan, { secret: await ensureWebhookSecret(dataDir), now }));
    }
  }
  return (gate) => drivers.get(gate) ?? createNoDriver(gate, logger);
}
