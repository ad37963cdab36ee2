import type { RecordId } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import { CLOSED, type Device, ENABLED } from '../devices/run-devices.ts';

export type GateDriver = Omit<Device, 'name'> & {
  /** Whether hardware lets one guest through and shuts; otherwise staff go only by the verdict. */
  readonly barrier: boolean;
  /** The sensor that sees people go through; null if the gate has none. */
  readonly sensor: PassageSensor | null;
  /** Opens once for one guest. Rejects when the gate did not take the command. */
  open(recordId: RecordId): Promise<void>;
};

/** Sees each person who goes through a gate. */
export type PassageSensor = {
  readonly withinMs: number;
  /** Reports each passage, and when the sensor could not be read for a while. Called once, before the gate starts. */
  watch(events: { passed(): void; blind(): void }): void;
};

export const NO_DRIVER = 'none';

/** The driver `none` of a gate without hardware: opening only logs, and staff go by the verdict. */
export function createNoDriver(gate: string, logger: Pick<Logger, 'info'>): GateDriver {
  let health = CLOSED;
  return {
    driver: NO_DRIVER,
    barrier: false,
    sensor: null,
    start() {
      health = ENABLED;
    },
    stop() {
      health = CLOSED;
    },
    health: () => health,
    open: async (recordId) => logger.info({ gate, recordId }, 'gate opens'),
  };
}
