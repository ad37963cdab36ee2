import type { RecordId } from '@ticket-check/protocol';
import type { Device } from '../devices/device.ts';

/** What opens one gate. */
export type GateDriver = Omit<Device, 'name'> & {
  /** Whether hardware lets one guest through and shuts; otherwise staff go by the verdict alone. */
  readonly barrier: boolean;
  /** Opens once for one guest. Rejects when the gate did not take the command. */
  open(recordId: RecordId): Promise<void>;
};
