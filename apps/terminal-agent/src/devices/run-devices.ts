import { reasonOf, type Service } from '@ticket-check/runtime';
import type { Device, DeviceHealth } from './device.ts';

/**
 * Starts devices of one kind once the agent listens and stops them before it ends. `GET /health` shows them under that kind,
 * and is `degraded` while one of them reports an error.
 */
export function runDevices(service: Service, kind: 'scanners' | 'gates', devices: readonly Device[]): void {
  const { logger } = service;
  const failures = new Map<Device, string>();

  function healthOf(device: Device): DeviceHealth {
    const health = device.health();
    return { ...health, error: health.error ?? failures.get(device) ?? null };
  }

  service.check({
    name: kind,
    async run() {
      const shown = devices.map((device) => ({ name: device.name, driver: device.driver, ...healthOf(device) }));
      return { ok: true, ...(shown.some(({ error }) => error !== null) && { degraded: true }), devices: shown };
    },
  });
  for (const device of devices) {
    service.job({
      name: `${kind}: ${device.name}`,
      runs: 'everywhere',
      async start() {
        try {
          await device.start();
        } catch (error) {
          failures.set(device, `it could not be started: ${reasonOf(error)}`);
          logger.error({ err: error, device: device.name, driver: device.driver }, 'a device could not be started');
        }
        return { stop: async () => device.stop() };
      },
    });
  }
}
