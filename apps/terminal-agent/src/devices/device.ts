/**
 * A scanner or a gate of this terminal. The agent starts it once it listens and stops it before it exits. A fault stops neither
 * the agent nor another device; the device's health reports it.
 */
export type Device = {
  readonly name: string;
  /** Its driver, as named in the settings. */
  readonly driver: string;
  /** Claims and enables the device. */
  start(): void | Promise<void>;
  /** Disables and releases it; resolves when nothing is in progress. */
  stop(): void | Promise<void>;
  health(): DeviceHealth;
};

/** The state of a device, in the words of UnifiedPOS. */
export type DeviceHealth = {
  /** The agent has it: its stream or port is open. */
  readonly claimed: boolean;
  /** It works: its reads become scans, and it takes commands. */
  readonly enabled: boolean;
  /** What is wrong with it, for the person who repairs it; `null` if nothing is. */
  readonly error: string | null;
};

export const CLOSED: DeviceHealth = { claimed: false, enabled: false, error: null };
export const ENABLED: DeviceHealth = { claimed: true, enabled: true, error: null };

/** Explains why a serial port cannot be opened, for the person who repairs it. */
export function serialFault(reason: string): string {
  if (/No such file|cannot find/i.test(reason)) return 'it is not plugged in';
  if (/lock|Access denied|busy/i.test(reason)) return 'another program has it open';
  if (/Permission denied/i.test(reason)) return 'the agent may not open it: its user has to be in the group dialout';
  return reason;
}
