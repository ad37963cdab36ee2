import { type DeviceState, epochOf, type WallClock } from '@ticket-check/protocol';
import { type Job, reasonOf, type Service } from '@ticket-check/runtime';
import type { Device, DeviceHealth } from './device.ts';

/** A fault that stays reported, even once it is over, until staff clear it. */
export type LastingFault = { readonly since: WallClock; readonly what: string };

export type RunningDevices = {
  /** The current state of each. */
  states(): Promise<{ readonly gates: readonly DeviceState[]; readonly scanners: readonly DeviceState[] }>;
  /** The current faults of gates. */
  gateFaults(): readonly { readonly name: string; readonly error: string }[];
};

/**
 * Starts gates and then scanners once the agent listens, and stops them in the opposite order before it exits, so that a scan
 * always has a gate to open. `GET /health` shows each kind, and is `degraded` while a device reports an error or a fault lasts.
 */
export function runDevices(
  service: Service,
  {
    gates,
    scanners,
    lastingFaults,
    clock,
  }: {
    gates: readonly Device[];
    scanners: readonly Device[];
    /** By name of the gate. */
    lastingFaults: () => Promise<ReadonlyMap<string, LastingFault>>;
    clock: { now(): WallClock };
  },
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
      logger.error({ err: error, device: device.name, driver: device.driver }, 'failed to start a device');
    }
  }

  async function stop(device: Device): Promise<void> {
    try {
      await device.stop();
    } catch (error) {
      logger.error({ err: error, device: device.name, driver: device.driver }, 'failed to stop a device');
    }
  }

  for (const [name, devices] of Object.entries({ gates, scanners })) {
    service.check({
      name,
      async run() {
        const lasting: Awaited<ReturnType<typeof lastingFaults>> = name === 'gates' ? await lastingFaults() : new Map();
        const shown = devices.map((device) => {
          const fault = lasting.get(device.name);
          const health = healthOf(device);
          return {
            ...{ name: device.name, driver: device.driver, ...health, error: health.error ?? fault?.what ?? null },
            ...(fault !== undefined && { outOfOrderSince: fault.since }),
          };
        });
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

  function stateOf(device: Device, fault?: LastingFault): DeviceState {
    const { enabled, error } = healthOf(device);
    const lastsSeconds = (since: WallClock) => Math.max(0, Math.round((epochOf(clock.now()) - epochOf(since)) / 1000));
    return {
      name: device.name,
      driver: device.driver,
      enabled,
      error: error ?? fault?.what ?? null,
      outOfOrderSeconds: fault === undefined ? null : lastsSeconds(fault.since),
    };
  }
  return {
    async states() {
      const lasting = await lastingFaults();
      return {
        gates: gates.map((gate) => stateOf(gate, lasting.get(gate.name))),
        scanners: scanners.map((scanner) => stateOf(scanner)),
      };
    },
    gateFaults: () =>
      gates.flatMap((gate) => {
        const { error } = healthOf(gate);
        return error === null ? [] : [{ name: gate.name, error }];
      }),
  };
}
