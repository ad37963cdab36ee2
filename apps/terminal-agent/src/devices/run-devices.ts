import type { DeviceState } from '@ticket-check/protocol';
import { type Job, reasonOf, type Service } from '@ticket-check/runtime';
import type { Device, DeviceHealth } from './device.ts';

export type RunningDevices = {
  /** Each as it is now. */
  states(): { readonly gates: readonly DeviceState[]; readonly scanners: readonly DeviceState[] };
};

/**
 * Starts gates and scanners once the agent listens and stops them before it ends: scanners last and first, so that what they
 * read always has a gate to open. `GET /health` shows each kind, and is `degraded` while a device reports an error.
 */
export function runDevices(
  service: Service,
  { gates, scanners }: { gates: readonly Device[]; scanners: readonly Device[] },
): RunningDevices {
  const { logger } = service;
  const failures = new Map<Device, string>();

  function healthOf(device: Device): DeviceHealth {
    const health = device.health();
    return { ...health, error: health.error ?? failures.get(device) ?? null };
  }

  async function start(device: Device): Promise<void> {
    try {
      await device.start();
    } catch (error) {
      failures.set(device, `it could not be started: ${reasonOf(error)}`);
      logger.error({ err: error, device: device.name, driver: device.driver }, 'a device could not be started');
    }
  }

  async function stop(device: Device): Promise<void> {
    try {
      await device.stop();
    } catch (error) {
      logger.error({ err: error, device: device.name, driver: device.driver }, 'a device could not be stopped');
    }
  }

  for (const [name, devices] of Object.entries({ gates, scanners })) {
    service.check({
      name,
      async run() {
        const shown = devices.map((device) => ({ name: device.name, driver: device.driver, ...healthOf(device) }));
        return { ok: true, ...(shown.some(({ error }) => error !== null) && { degraded: true }), devices: shown };
      },
    });
  }
  service.job({
    name: 'devices',
    runs: 'everywhere',
    async start(): Promise<Job> {
      for (const device of [...gates, ...scanners]) await start(device);
      return {
        async stop() {
          await Promise.all(scanners.map(stop));
          await Promise.all(gates.map(stop));
        },
      };
    },
  });

  const stateOf = (device: Device): DeviceState => {
    const { enabled, error } = healthOf(device);
    return { name: device.name, driver: device.driver, enabled, error };
  };
  return { states: () => ({ gates: gates.map(stateOf), scanners: scanners.map(stateOf) }) };
}
