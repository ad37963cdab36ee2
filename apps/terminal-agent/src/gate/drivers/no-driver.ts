import type { Logger } from '@ticket-check/runtime';
import { CLOSED, ENABLED } from '../../devices/device.ts';
import type { GateDriver } from '../gate-driver.ts';

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
