import type { RecordId } from '@ticket-check/protocol';
import type { Device } from '../devices/device.ts';

/** What opens one gate. */
export type GateDriver = Omit<Device, 'name'> & {
  /** Whether hardware lets one guest through and shuts; otherwise staff go by the verdict alone. */
  readonly barrier: boolean;
  /** What sees people go through; null where the gate has none. */
  readonly sensor: PassageSensor | null;
  /** Opens once for one guest. Rejects when the gate did not take the command. */
  open(recordId: RecordId): Promise<void>;
};

/** Sees each person who goes through a gate. */
export type PassageSensor = {
  /** How long a guest who was let in may take. */
  readonly withinMs: number;
  /** Tells of each passage, and where it could not be read for a while. Called once, before the gate starts. */
  watch(events: { passed(): void; blind(): void }): void;
};
