import { type DeviceState, epochOf, type WallClock } from '@ticket-check/protocol';
import { reasonOf, type Service } from '@ticket-check/runtime';
import type { SerialPort } from 'serialport';

/**
 * A scanner or a gate of this terminal. The agent starts it once it listens and stops it before it exits. A fault stops neither
 * the agent nor another device; the device's health reports it.
 */
export type Device = {
  readonly name: string;
  readonly driver: string;
  /** Claims and enables the device. */
  start(): void | Promise<void>;
  /** Disables and releases it; resolves when nothing is in progress. */
  stop(): void | Promise<void>;
  health(): DeviceHealth;
};

/** The state of a device, in the words of UnifiedPOS. */
type DeviceHealth = {
  readonly claimed: boolean;
  /** It works: its reads become scans, and it takes commands. */
  readonly enabled: boolean;
  /** What is wrong with it, for the person who repairs it; `null` if nothing is. */
  readonly error: string | null;
};

export const CLOSED: DeviceHealth = { claimed: false, enabled: false, error: null };
export const ENABLED: DeviceHealth = { claimed: true, enabled: true, error: null };

/** A fault of a device in words for people, which `terminal-advice` also has in Chinese. */
export class DeviceFault extends Error {}

/** Opens a serial port. @throws DeviceFault */
export async function openSerialPort(path: string, baudRate: number): Promise<SerialPort> {
  // Loaded only if a port is used, as it brings a native library.
  const { SerialPort } = await import('serialport');
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  const { promise, resolve } = Promise.withResolvers<Error | null>();
  port.open(resolve);
  const error = await promise;
  if (error) throw new DeviceFault(serialFault(reasonOf(error)), { cause: error });
  return port;
}

function serialFault(reason: string): string {
  if (/No such file|cannot find/i.test(reason)) return 'it is not plugged in';
  if (/lock|Access denied|busy/i.test(reason)) return 'another program has it open';
  if (/Permission denied/i.test(reason)) return 'the agent may not open it: its user has to be in the group dialout';
  return reason;
}

/** A fault that stays reported, even once it is over, until staff clear it. */
type LastingFault = { readonly since: WallClock; readonly what: string };

/** How often gates are checked: for faults between guests, and for gates that were cleared too early. */
const EVERY_MS = 1000;

/**
 * Starts gates and then scanners once the agent listens, and stops them in the opposite order before it exits, so that a scan
 * always has a gate to open. Faults of gates are noted once a second. `GET /health` shows each kind, and is `degraded` while a
 * device reports an error or a fault lasts. Returns the function that reads the current state of each device.
 */
export function runDevices(
  { check, job, logger }: Pick<Service, 'check' | 'job' | 'logger'>,
  options: {
    gates: readonly Device[];
    scanners: readonly Device[];
    lastingFaults: () => Promise<ReadonlyMap<string, LastingFault>>;
    noteFault: (gate: string, what: string) => Promise<void>;
    clock: { now(): WallClock };
  },
): () => Promise<{ readonly gates: readonly DeviceState[]; readonly scanners: readonly DeviceState[] }> {
  const { gates, scanners, lastingFaults, noteFault, clock } = options;
  const failures = new Map<Device, string>();
  const errorOf = (device: Device) => device.health().error ?? failures.get(device) ?? null;

  async function stop(device: Device): Promise<void> {
    try {
      await device.stop();
    } catch (err) {
      logger.error({ err, device: device.name, driver: device.driver }, 'failed to stop a device');
    }
  }

  async function noteFaults(): Promise<void> {
    if (gates.every((gate) => errorOf(gate) === null)) return;
    const noted = await lastingFaults();
    for (const gate of gates) {
      const error = errorOf(gate);
      if (error !== null && !noted.has(gate.name)) await noteFault(gate.name, error);
    }
  }

  async function statesOf(devices: readonly Device[]) {
    const lasting = devices === gates ? await lastingFaults() : null;
    const now = epochOf(clock.now());
    return devices.map((device) => {
      const { since, what = null } = lasting?.get(device.name) ?? {};
      return {
        ...{ name: device.name, driver: device.driver, ...(failures.has(device) ? CLOSED : device.health()) },
        error: errorOf(device) ?? what,
        outOfOrderSince: since,
        outOfOrderSeconds: since === undefined ? null : Math.max(0, Math.round((now - epochOf(since)) / 1000)),
      };
    });
  }

  for (const [name, devices] of Object.entries({ gates, scanners })) {
    check({
      name,
      async run() {
        const states = await statesOf(devices);
        return { ok: true, ...(states.some(({ error }) => error !== null) && { degraded: true }), devices: states };
      },
    });
  }
  job({
    name: 'devices',
    runs: 'everywhere',
    async start() {
      for (const device of [...gates, ...scanners]) {
        try {
          await device.start();
        } catch (err) {
          failures.set(device, `it could not be started: ${reasonOf(err)}`);
          logger.error({ err, device: device.name, driver: device.driver }, 'failed to start a device');
        }
      }
      return {
        async stop() {
          await Promise.all(scanners.map(stop));
          await Promise.all(gates.map(stop));
        },
      };
    },
  });
  job({ name: 'gates', runs: 'everywhere', everyMs: EVERY_MS, run: noteFaults, atOnce: true });
  return async () => ({ gates: await statesOf(gates), scanners: await statesOf(scanners) });
}
