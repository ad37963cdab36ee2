import type { RecordId } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import { type Device, ENABLED } from '../devices/run-devices.ts';

export type GateDriver = Omit<Device, 'name'> & {
  /** Whether there is no hardware that could fail to open, and lets one guest through: staff go by the verdict. */
  readonly opensByAnswer: boolean;
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

/** The driver `none` of a gate without hardware: opening only logs, and staff go by the verdict. */
export const createNoDriver = (gate: string, logger: Pick<Logger, 'info'>): GateDriver => ({
  driver: 'none',
  opensByAnswer: true,
  sensor: null,
  start() {},
  stop() {},
  health: () => ENABLED,
  open: async (recordId) => logger.info({ gate, recordId }, 'gate opens'),
});
